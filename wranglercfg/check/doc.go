// Package check judges a wrangler project: would `wrangler deploy` or `wrangler
// dev` refuse its configuration, would Cloudflare refuse the deploy, would the
// deploy destroy objects?
//
// # Where to start
//
// [Run] takes a [Request] (a file and an environment; optionally an older
// revision, or what is deployed) and returns a [Report]: findings in order, a
// [Verdict], and the [Plan] of what a deploy does to the Worker's classes.
//
// # Promises
//
//   - What wrangler refuses is an error. What Cloudflare refuses when the list of
//     migrations is deployed one step after the other, from nothing, is an error,
//     too, and names Cloudflare's code where it is known. What depends on things
//     outside the files is a warning, until the request says how they are.
//   - wrangler's own findings are for the top level and the selected environment,
//     in wrangler's words; what goes beyond is for the selected environment,
//     after inheritance (E7). Other environments are not looked at.
//   - A list of migrations that grew legally passes (M18): against an older
//     revision or a ledger it may only have grown.
//   - A deletion that a plan would carry out is an error until the class is named
//     in AllowDelete.
//   - main is bundled with wrangler's bundler and settings; what the metafile
//     lists as exported is exported, and nothing else (B7). With no_bundle it is
//     bundled to be read, if that is possible, or read alone. Only an "export *"
//     from what is not there makes a missing class a warning. A finding that
//     comes from reading the bundled text is a guess, and a warning.
//   - Findings are sorted, each is there once, and their positions lie inside the
//     configuration. No input panics.
//
// Notes never change a verdict. A hint is the text to write, or says what to do.
//
// # Codes
//
// Codes are stable and never reused. The columns are code, rules of the config
// rule book, codes of Cloudflare's API, and what is found:
//
//	DM1001  M9 M13        10074                    a class is created although it exists
//	DM1002  M10 M11       10074                    a class is deleted or renamed although it does not exist
//	DM1003  M11 M12                                the destination of a rename or transfer exists already
//	DM1004  B6 X9         10061                    a bound class that nothing creates
//	DM1005  M14           10074                    a class with two directives in one step
//	DM1006  M7            10074                    a tag that is there twice
//	DM1007  M18           10074                    a step that the ledger holds was removed or moved
//	DM1008  M18                                    a step that the ledger holds was edited
//	DM1009  X13                                    back from exports to migrations
//	DM1010  X7 X10 X12    100402                   an entry of exports at odds with the others or with the state
//	DM1011  M12                                    a transfer from a Worker whose ledger is not there
//	DM1013  M18                                    the ledger is broken, or that of another Worker
//	DM1103  F5                                     the file is not UTF-8
//	DM1104  F6 F7                                  the file is not TOML, or not JSON with comments
//	DM1105  F6                                     nothing is in the file
//	DM1106  F10                                    the document is no object
//	DM1107  F8                                     a key twice in one JSON object
//	DM1108  F7                                     TOML 1.1, which older wranglers refuse
//	DM1201  E2                                     no such environment, or one that is no object
//	DM1202  E5                                     a key that environments do not inherit is only at the top level
//	DM1301  G1                                     name is not one of a Worker
//	DM1302  G2                                     main is not a string
//	DM1303  G3                                     compatibility_date is not a date
//	DM1304  G4                                     compatibility_flags is not a list of strings
//	DM1305  G5                                     vars is not an object of values
//	DM1401  B1                                     durable_objects has the wrong shape
//	DM1402  B2 B3                                  an entry of durable_objects.bindings has the wrong shape
//	DM1501  M1                                     migrations is not a list of steps
//	DM1502  M2 M3 M4 M5   10074                    a step of migrations has the wrong shape, or an empty tag
//	DM1601  X1                                     migrations and exports together
//	DM1602  X2                                     exports is not an object by class name
//	DM1603  X3 X4 X5 X6   100402                   an entry of exports has the wrong shape
//	DM2101  G6 E8 B4 M6 X3                           a field that wrangler does not know
//	DM2102  F9                                     a top-level key below a TOML header, which makes it part of that table
//	DM2103  G7                                     a field that wrangler no longer accepts
//	DM2104  G7                                     an empty value that wrangler ignores
//	DM2105  G8                                     another field has a value of the wrong type
//	DM2106  G1                                     the Worker has no name
//	DM2107  G2                                     the Worker has neither main nor assets
//	DM2108  G3                                     there is no compatibility_date
//	DM2109  G3            10021                    compatibility_date is in the future
//	DM2110  G3                                     compatibility_date is a day that its month does not have
//	DM2111  G4                                     a compatibility flag that the runtime did not know when this was written
//	DM2112                                         the configuration of a Pages project
//	DM2113  G8                                     two bindings with one name
//	DM2114  G8                                     a binding name that makes wrangler crash
//	DM2115  B1                                     a field that wrangler before 4.164 does not know
//	DM2201  E6                                     an environment repeats only some of the bindings or vars
//	DM2202  E4                                     the name of an environment's Worker is none that the top level may have
//	DM2203  E1                                     environments are defined and none was selected
//	DM2204  F1                                     another configuration is passed over
//	DM2205  F2                                     a build tool redirects wrangler deploy to another file
//	DM2401  B5            10061                    script_name is empty or the Worker's own
//	DM2402  B4                                     remote is not a boolean
//	DM2403  M15           10061                    a binding to a deleted class
//	DM2404  X9            100402                   a binding to a class that is still on its way
//	DM2501  M17           10074                    a list that a new Worker cannot take in one deploy
//	DM2502  M13                                    a class deleted and created again, which destroys its objects
//	DM2503  M19 X10       10097                    a class with the key-value backend
//	DM2504  M14 M17       10074                    steps that cannot be sent together
//	DM2601  X11                                    containers and exports that do not fit together
//	DM2701  B7                                     main cannot be bundled
//	DM2702  G2                                     main is no file, or the folder of the assets is not there
//	DM2703  B8                                     main is not an ES module with a default export
//	DM2704  B7 M16 X8     10070 10064 10061 100402 a class that main does not export
//	DM2705  X8            100402                   a deleted class that main still exports
//	DM2706  B7                                     RPC with a class that does not extend DurableObject (a guess)
//	DM2707  B7                                     setAlarm in a class without an alarm handler (a guess)
//	DM2708  B7                                     a package that main imports is not installed
//	DM2801  M18                                    the older revision cannot be read
//	DM2802  M18           10074                    a step of the older revision is gone
//	DM2803  M18           10074                    a step of the older revision has another place
//	DM2804  M18                                    a step of the older revision was edited
//	DM2805  M18           10074                    the deployed tag is not in the list
//	DM2806  M10 X12                                a deploy would destroy the objects of a class
//	DM2807  M10                                    a deploy destroys the objects of a class, as allowed
//	DM2808  M10                                    a deletion was allowed and does not happen
//	DM2809  E4                                     the Worker has another name than before
//
// # What it knows nothing of
//
// Command lines, output formats, git, Cloudflare's API itself, and local data.
package check
