// Package wranglertest runs a real wrangler, for tests that compare with it.
//
// # Where to start
//
// [Find] returns an installation or skips the test, [Install.Deploy] makes a dry
// deploy.
//
// # Promises
//
//   - Nothing is installed and nothing is deployed: a test that finds no wrangler
//     is skipped and says which variable to set.
//
// # What it knows nothing of
//
// What is compared.
package wranglertest
