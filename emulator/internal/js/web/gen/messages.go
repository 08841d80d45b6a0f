package main

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	readerLocked   = `"This ReadableStream is currently locked to a reader."`
	readerReleased = `"This ReadableStream reader has been released."`
	writerLocked   = `"This WritableStream is currently locked to a writer."`
	writerReleased = `"This WritableStream writer has been released."`
	writableClosed = `"This WritableStream has been closed."`
	illegal        = "\"Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.\""
)

// messages are texts of errors in the polyfill and what the runtime says instead.
var messages = []struct{ old, new string }{
	// An iterator that is left lets its stream go at once unless a read is pending.
	{`const t=()=>this._returnSteps(e);return this._ongoingPromise=this._ongoingPromise?`,
		`const t=()=>this._returnSteps(e);return this._ongoingPromise=this._ongoingPromise&&this._reader._readRequests.length>0?`},
	// A reader or writer whose stream is over keeps its promise closed as it is when it is released.
	{`:function(e,t){k(e,t)}(e,new TypeError("Reader was released and can no longer be used to monitor the stream's closedness"))`, `:void 0`},
	{`edPromiseState?nr(e,t):function(e,t){or(e,t)}(e,t)`, `edPromiseState?nr(e,t):void 0`},

	{`"This stream has already been locked for exclusive reading by another reader"`, readerLocked},
	{`"Cannot cancel a stream that already has a reader"`, readerLocked},
	{`"ReadableStream.prototype.pipeThrough cannot be used on a locked ReadableStream"`, readerLocked},
	{`"ReadableStream.prototype.pipeTo cannot be used on a locked ReadableStream"`, readerLocked},
	{`"ReadableStream.prototype.pipeThrough cannot be used on a locked WritableStream"`, `"This WritableStream is currently locked to a writer"`},
	{`"ReadableStream.prototype.pipeTo cannot be used on a locked WritableStream"`, `"This WritableStream is currently locked to a writer"`},
	{`"This stream has already been locked for exclusive writing by another writer"`, writerLocked},
	{`"Cannot abort a stream that already has a writer"`, writerLocked},
	{`"Cannot close a stream that already has a writer"`, writerLocked},
	{`"Cannot "+e+" a stream using a released reader"`, readerReleased},
	{`"Cannot "+e+" a stream using a released writer"`, writerReleased},
	{`"Reader was released and can no longer be used to monitor the stream's closedness"`, readerReleased},
	{`"Reader was released"`, readerReleased},
	{`"Writer was released and can no longer be used to monitor the stream's closedness"`, writerReleased},
	{`"Cannot close an already-closing stream"`, writableClosed},
	{`"The stream is closing or closed and cannot be written to"`, writableClosed},
	{"`The stream (in ${t} state) is not in the writable state and cannot be closed`", writableClosed},
	{`"The stream is not in a state that permits close"`, `"This ReadableStream is closed."`},
	{`"The stream is not in a state that permits enqueue"`, `"Unable to enqueue"`},
	{`"Readable side is not in a state that permits enqueue"`, `"Unable to enqueue"`},
	{`"The stream has already been closed; do not close it again!"`, `"This ReadableStream is closed."`},
	{`"stream is closed or draining"`, `"This ReadableStream is closed."`},
	{`"chunk must be an array buffer view"`, `"Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1 is not of type 'BufferSource'."`},
	{`"chunk must have non-zero byteLength"`, `"Cannot enqueue a zero-length ArrayBuffer."`},
	{"`The stream (in ${t} state) is not in the readable state and cannot be enqueued to`", `"This ReadableByteStreamController is closed."`},
	{"`The stream (in ${e} state) is not in the readable state and cannot be closed`", `"This ReadableStream is closed."`},
	{`"TransformStream terminated"`, `"The transform stream has been terminated"`},
	{`"Cannot construct a ReadableStreamBYOBReader for a stream not constructed with a byte source"`, `"This ReadableStream does not support BYOB reads."`},
	{`"view must have non-zero byteLength"`, `"You must call read() on a \"byob\" reader with a positive-sized TypedArray object."`},
	{`"ReadableStream.prototype.pipeTo's first argument must be a WritableStream"`, `"Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'."`},
}

var brand = regexp.MustCompile("`\\w+\\.prototype\\.\\$\\{e\\} can only be used on a \\w+`")

// speak puts the runtime's messages in place of the polyfill's.
func speak(code string) (string, error) {
	for _, m := range messages {
		if !strings.Contains(code, m.old) {
			return "", fmt.Errorf("the polyfill has no message %s any more", m.old)
		}
		code = strings.ReplaceAll(code, m.old, m.new)
	}
	return brand.ReplaceAllLiteralString(code, illegal), nil
}
