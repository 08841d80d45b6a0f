package v8value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is the name under which JavaScript sees a Go name: its leading run of
// capitals in lower case, all but the last of them if a lower-case letter
// follows. SendMessage is sendMessage, URLFor urlFor, ID id and UserID userID.
func Name(goName string) string {
	end, last := 0, 0 // of the run of capitals; of the run without its last
	for end < len(goName) {
		r, n := utf8.DecodeRuneInString(goName[end:])
		if !unicode.IsUpper(r) {
			if unicode.IsLower(r) && last > 0 {
				end = last
			}
			break
		}
		last, end = end, end+n
	}
	return strings.ToLower(goName[:end]) + goName[end:]
}
