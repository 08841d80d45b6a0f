package store

import "strings"

// nextToken cuts the first token off sql: a word, a quoted name or text, or one character. White space and comments
// before it are skipped. It is empty at the end.
func nextToken(sql string) (token, rest string) {
	sql = skipBlanks(sql)
	if sql == "" {
		return "", ""
	}
	switch c := sql[0]; c {
	case '\'', '"', '`', '[':
		end := c
		if c == '[' {
			end = ']'
		}
		for i := 1; i < len(sql); i++ {
			if sql[i] != end {
				continue
			}
			if c != '[' && i+1 < len(sql) && sql[i+1] == end {
				i++
				continue
			}
			return sql[:i+1], sql[i+1:]
		}
		return sql, ""
	}
	n := 0
	for n < len(sql) && isWordByte(sql[n]) {
		n++
	}
	n = max(n, 1)
	return sql[:n], sql[n:]
}

func isWordByte(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

// skipBlanks skips white space and comments.
func skipBlanks(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\n\f\r")
		var closing string
		switch {
		case strings.HasPrefix(sql, "--"):
			closing = "\n"
		case strings.HasPrefix(sql, "/*"):
			closing = "*/"
		default:
			return sql
		}
		i := strings.Index(sql[2:], closing)
		if i < 0 {
			return ""
		}
		sql = sql[2+i+len(closing):]
	}
}

// firstWord is the first token in lower case; leading semicolons are skipped as SQLite skips them.
func firstWord(sql string) string {
	for {
		token, rest := nextToken(sql)
		if token != ";" {
			return strings.ToLower(token)
		}
		sql = rest
	}
}

// renameTarget is the new name in one statement ALTER TABLE … RENAME TO name, or empty.
func renameTarget(sql string) string {
	var before, word string
	for token, rest := nextToken(sql); token != ""; token, rest = nextToken(rest) {
		if before == "rename" && word == "to" {
			return unquote(token)
		}
		before, word = word, strings.ToLower(token)
	}
	return ""
}

func unquote(token string) string {
	if len(token) < 2 {
		return token
	}
	switch q := token[0]; q {
	case '\'', '"', '`':
		return strings.ReplaceAll(token[1:len(token)-1], string(q)+string(q), string(q))
	case '[':
		return token[1 : len(token)-1]
	}
	return token
}
