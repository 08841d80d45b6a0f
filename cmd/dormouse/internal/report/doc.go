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
// # JSON
//
// An object with
//
//   - "errors" and "warnings": how many;
//   - "findings": a list of "severity", "code", "path", "line", "column",
//     "message" and "hint";
//   - "plans": per Worker "worker", "env", "since" (what the steps start from),
//     "done" and "steps": "kind" (create, rename, delete, transfer), "class",
//     "from", "from_script", "storage", "unique_key", "tag", "destroys_data" and
//     "takes_over_objects";
//   - "state", of plan and apply only: [State]. Which folders a deletion moves
//     aside is known when it is done.
//
// Lists are there when they are empty. Of the rest, a field that has nothing to
// say may be left out.
//
// # What it knows nothing of
//
// Rules, files, terminals and exit codes.
package report
