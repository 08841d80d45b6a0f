// Package migrations plans what a Worker's migrations, or its exports, do to
// its namespaces: which classes are live, which storage backend each has and
// under which unique key its objects are kept. It only computes.
//
// # Where to start
//
// [Plan] compares a [Ledger], the memory of what was applied to one state, with
// a configuration and answers with [Changes]: steps in order, the namespaces to
// open and the ledger to write when the steps are done. The empty Ledger is a
// new state. [Adopt] is Plan for a state that has objects and no ledger yet.
//
// # Promises
//
//   - Steps are taken in the order of the list; inside one step deletions,
//     renames, transfers, new_classes, new_sqlite_classes (M8).
//   - Impossible steps are refused with wrangler's messages and their place
//     (16.4, M9 to M12); so are a tag twice (M7) and a class with two directives
//     in one step (M14). With an error there are no steps: nothing is to be done.
//   - The backend is fixed at creation (M13, 16.2).
//   - Applied steps cannot be edited, removed or reordered (M18).
//   - No objects are lost without deleted_classes or a "deleted" export.
//   - No two namespaces of a state share a unique key.
//   - [Convert] writes exports that leave the namespaces of a list as they are (X13).
//
// # Unique keys
//
// A key is minted once, when a class is created on a state, and stays the
// namespace's identity over renames and transfers; ids and folders depend on
// it alone. It is "script-class", and "-class" for a Worker without a name, as
// local workerd has it (1.6). If another namespace holds that key, because it
// was renamed away from the class or given to another Worker, the first free of
// "script-class-2", "script-class-3" and so on is taken; no class has such a
// name, since no identifier begins with a digit. A deletion frees the key.
//
// A class that one plan creates and renames never had objects under its first
// name, so it is created under its last one. Therefore a new state, and each
// state on which a class was not renamed, has the ids of local workerd.
//
// # What it knows nothing of
//
// Files, the runtime, the Worker's code and Cloudflare's API. Renames and
// creations are entries of the ledger only; a deletion is the caller's to carry
// out on the objects before the new ledger is written. Doing the steps of a plan
// again after a crash is harmless.
package migrations
