package v8value

// The tags of V8's format, version 15.
const (
	tagVersion     = 0xFF
	tagPadding     = 0x00
	tagObjectCount = '?' // of older writers, followed by a number without meaning

	tagHole      = '-'
	tagUndefined = '_'
	tagNull      = '0'
	tagTrue      = 'T'
	tagFalse     = 'F'
	tagInt32     = 'I'
	tagUint32    = 'U'
	tagDouble    = 'N'
	tagBigInt    = 'Z'
	tagUTF8      = 'S'
	tagOneByte   = '"'
	tagTwoByte   = 'c'
	tagReference = '^'

	tagObject      = 'o'
	tagObjectEnd   = '{'
	tagSparse      = 'a'
	tagSparseEnd   = '@'
	tagDense       = 'A'
	tagDenseEnd    = '$'
	tagMap         = ';'
	tagMapEnd      = ':'
	tagSet         = '\''
	tagSetEnd      = ','
	tagDate        = 'D'
	tagTrueBox     = 'y'
	tagFalseBox    = 'x'
	tagNumberBox   = 'n'
	tagBigIntBox   = 'z'
	tagStringBox   = 's'
	tagRegExp      = 'R'
	tagBuffer      = 'B'
	tagResizable   = '~'
	tagView        = 'V'
	tagError       = 'r'
	tagHost        = '\\'
	tagTransfer    = 't'
	tagShared      = 'u'
	tagSharedValue = 'p'
	tagWasmModule  = 'w'
	tagWasmMemory  = 'm'
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
	errMessage = 'm'
	errStack   = 's'
	errCause   = 'c'
	errEnd     = '.'
)

// errorTags are the tags of prototypes in V8's own form.
var errorTags = map[byte]string{
	'E': "EvalError", 'R': "RangeError", 'F': "ReferenceError",
	'S': "SyntaxError", 'T': "TypeError", 'U': "URIError",
}

// Numbers of the runtime's own types. The four have a length that can be told
// from their bytes.
const (
	hostHeaders      = 4
	hostDOMException = 8
	hostError        = 10
	hostBlob         = 15
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
	hostHeaders: "Headers", 5: "Request", hostDOMException: "DOMException", hostError: "Error", hostBlob: "Blob",
}
