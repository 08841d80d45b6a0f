package durable

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// ID is the id of one object of a namespace: 32 bytes, printed as 64
// lower-case hex digits. IDs equal those of local workerd for the same script,
// class and name (rules 1.2 to 1.9); production's cannot be computed.
type ID struct {
	bytes   [32]byte
	name    string
	hasName bool
}

// String gives the 64 hex digits, which [Namespace.IDFromString] reads.
func (id ID) String() string { return hex.EncodeToString(id.bytes[:]) }

// Name gives the name that the id was made from. ok is false for ids of
// NewUniqueID and IDFromString (rule 1.18).
func (id ID) Name() (name string, ok bool) { return id.name, id.hasName }

// Equal compares the 32 bytes (rule 1.19).
func (id ID) Equal(other ID) bool { return id.bytes == other.bytes }

// MarshalJSON gives the id's name and not its digits, as JSON.stringify does
// (rule 1.17). Send id.String() to pass an id on.
func (id ID) MarshalJSON() ([]byte, error) {
	if !id.hasName {
		return []byte("{}"), nil
	}
	return json.Marshal(struct {
		Name string `json:"name"`
	}{id.name})
}

// idKey is the HMAC key of a namespace (rule 1.2).
func idKey(uniqueKey string) [32]byte { return sha256.Sum256([]byte(uniqueKey)) }

func mac16(key [32]byte, data []byte) []byte {
	h := hmac.New(sha256.New, key[:])
	h.Write(data)
	return h.Sum(nil)[:16]
}

func idFromBase(uniqueKey string, base []byte) (id [32]byte) {
	copy(id[:16], base)
	copy(id[16:], mac16(idKey(uniqueKey), base))
	return id
}

func idFromName(uniqueKey, name string) [32]byte {
	return idFromBase(uniqueKey, mac16(idKey(uniqueKey), []byte(name)))
}

func idFromString(uniqueKey, s string) (id [32]byte, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, typeError("Invalid Durable Object ID: must be 64 hex digits")
	}
	id = idFromBase(uniqueKey, b[:16])
	if !bytes.Equal(id[:], b) {
		return id, typeError("Durable Object ID is not valid for this namespace.")
	}
	return id, nil
}
