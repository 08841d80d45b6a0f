// Package report writes findings and plans for people and for programs: text
// with the line of the source and a caret, JSON, annotations of GitHub Actions,
// SARIF 2.1.0.
//
// Start with [Report] and [Format].
//
// # Promises
//
//   - The order is the one that was given: the same report is the same text.
//   - The caret stands under the character that the finding names, behind tabs,
//     wide characters and combining marks too.
//   - Nothing that a configuration says ends an annotation or a colour early:
//     control characters are escaped.
//
// # What it knows nothing of
//
// Rules, files, terminals and exit codes.
package report
