// Package statedir is the state directory on disk: the ledgers of its Workers,
// the folders of their namespaces, and what a migration does to both.
//
// Start with [At]; [Dir.Plan] reads, [Dir.Apply] and [Dir.Recover] write.
//
//	<dir>/ledger.json            the ledgers of all Workers, and moves under way
//	<dir>/v3/do/<unique key>/    the objects of a namespace, as local workerd has them
//	<dir>/deleted/<key>.<n>/     the objects of deleted classes
//
// # Promises
//
//   - Objects are never removed: a deletion moves their folder aside. A rename
//     and a transfer touch no folder (16.2).
//   - The ledgers of all Workers are one file that is replaced as a whole, so
//     both sides of a transfer change at the same moment. The replacement is the
//     decision: an application that is interrupted before it has not happened,
//     one that is interrupted after it is finished by Recover, because the file
//     names the folders that are still to be moved.
//   - Readers need no lock and see no half of an application.
//   - Nothing outside of the directory is touched, whatever a class is called.
//
// Whoever calls Apply or Recover has to hold the lock on [Dir.Objects], which is
// the one under which objects run. wrangler dev takes no lock.
//
// # What it knows nothing of
//
// What is in an object's database, and when a migration is allowed: package
// migrations plans. Read that package next.
package statedir
