// Package check judges a wrangler project: its configuration, the code of its
// main and the history of its migrations.
package check
