package storetest

// differences are the answers that may differ from the recording, each with its reason.
var differences = map[string]string{}
