// Package v8value holds structured clone values and V8's wire format.
package v8value
