package v8value

// The tags of V8's format, version 15. Those that begin an object have it take the next number, to which references refer.
const (
	TagVersion     = 0xFF
	TagPadding     = 0x00
	TagObjectCount = '?' // of older writers, followed by a number without meaning

	TagHole      = '-'
	TagUndefined = '_'
	TagNull      = '0'
	TagTrue      = 'T'
	TagFalse     = 'F'
	TagInt32     = 'I'
	TagUint32    = 'U'
	TagDouble    = 'N'
	TagBigInt    = 'Z'
	TagUTF8      = 'S'
	TagOneByte   = '"'
	TagTwoByte   = 'c'
	TagReference = '^'

	TagObject      = 'o'
	TagObjectEnd   = '{'
	TagSparse      = 'a'
	TagSparseEnd   = '@'
	TagDense       = 'A'
	TagDenseEnd    = '$'
	TagMap         = ';'
	TagMapEnd      = ':'
	TagSet         = '\''
	TagSetEnd      = ','
	TagDate        = 'D'
	TagTrueBox     = 'y'
	TagFalseBox    = 'x'
	TagNumberBox   = 'n'
	TagBigIntBox   = 'z'
	TagStringBox   = 's'
	TagRegExp      = 'R'
	TagBuffer      = 'B'
	TagResizable   = '~'
	TagView        = 'V'
	TagError       = 'r'
	TagHost        = '\\'
	TagTransfer    = 't'
	TagShared      = 'u'
	TagSharedValue = 'p'
	TagWasmModule  = 'w'
	TagWasmMemory  = 'm'
)

const (
	writeVersion = 15

	// headerless is the version of data without a header (rule 5.40).
	headerless = 13

	// oldestVersion and newestVersion are those that the real runtime reads.
	oldestVersion = 13
	newestVersion = 16

	// maxDepth bounds the nesting of what is read and written. V8 stops where
	// its stack ends, at some 2,000 to 4,000 levels.
	maxDepth = 10000

	// maxSafe is the bound up to which Go integers cross: every whole number
	// below it has a double of its own.
	maxSafe = 1 << 53

	// maxTime is the bound of a Date in milliseconds, from ECMAScript.
	maxTime = 8.64e15

	// maxSmall and minSmall bound the numbers that V8 writes as integers: those
	// that it keeps in 31 bits. Beyond them it writes doubles, and reads both.
	maxSmall = 1<<30 - 1
	minSmall = -1 << 30

	canonicalNaN = 0x7FF8 << 48

	maxIndex = 1<<32 - 2 // the greatest array index
)

const (
	viewTracking  = 1 << 0
	viewResizable = 1 << 1
)

// regexpFlags are the letters of V8's flag bits; the experimental bit 6 has none.
const regexpFlags = "gimyus\x00dv"

// sortedFlags is the order in which JavaScript shows them.
const sortedFlags = "dgimsuvy"

// The parts of an error in V8's own form.
const (
	ErrorMessage = 'm'
	ErrorStack   = 's'
	ErrorCause   = 'c'
	ErrorEnd     = '.'
)

// errorTags are the tags of prototypes in V8's own form.
var errorTags = map[byte]string{
	'E': "EvalError", 'R': "RangeError", 'F': "ReferenceError",
	'S': "SyntaxError", 'T': "TypeError", 'U': "URIError",
}

// Numbers of the runtime's own types. The four have a length that can be told
// from their bytes.
const (
	HostHeaders      = 4
	HostDOMException = 8
	HostError        = 10
	HostBlob         = 15
)

// hostErrors are the names of errors by their number in the runtime's form;
// number 0 stands for any other name, which then follows.
var hostErrors = []string{
	"", "Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError",
	"WasmCompileError", "WasmLinkError", "WasmRuntimeError", "WasmSuspendError",
	"EvalError", "URIError", "AggregateError", "SuppressedError",
}

// hostTypes names them in errors.
var hostTypes = map[uint32]string{
	HostHeaders: "Headers", 5: "Request", HostDOMException: "DOMException", HostError: "Error", HostBlob: "Blob",
}
