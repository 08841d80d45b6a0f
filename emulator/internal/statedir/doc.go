// Package statedir is the state directory on disk: the ledgers of its Workers,
// the folders of their namespaces, and what a migration does to both. A transfer
// may come from another state directory: [Dir.PlanWith].
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
//     touches no folder (16.2), nor does a transfer on one state. One between two
//     states renames the folder, so that alarms come with it; if that is not
//     possible, as between file systems, it is refused before anything is decided.
//   - The ledgers of all Workers are one file that is replaced as a whole, so
//     both sides of a transfer change at the same moment. The replacement is the
//     decision: an application that is interrupted before it has not happened,
//     one that is interrupted after it is finished by Recover, because the file
//     names the folders that are still to be moved.
//   - A transfer between two directories, or the move of a Worker that has run on
//     another one's, is prepared in the giver's ledger.json and decided in the
//     taker's. Recover on either side finishes it or takes it back on both, for
//     which it needs the lock on the other one, too.
//   - A transfer that was applied without its giver can still bring the objects, as
//     long as the class has none.
//   - Readers need no lock and see no half of an application; the giver's ledger
//     has a class that was given to another directory until that is finished.
//   - Nothing outside of the directory, and of the one that gives, is touched,
//     whatever a class is called.
//
// Whoever calls Apply or Recover has to hold the lock on [Dir.Objects], which is
// the one under which objects run. wrangler dev takes no lock.
//
// # What it knows nothing of
//
// What is in an object's database, and when a migration is allowed: package
// migrations plans. Read that package next.
package statedir
