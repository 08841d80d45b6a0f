package check

import (
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Codes of this package. Those of wranglercfg and migrations turn up beside them.
const (
	CodeUnknownField    wranglercfg.Code = "DM2101"
	CodeSwallowed       wranglercfg.Code = "DM2102"
	CodeRemovedField    wranglercfg.Code = "DM2103"
	CodeIgnoredField    wranglercfg.Code = "DM2104"
	CodeFieldType       wranglercfg.Code = "DM2105"
	CodeNameMissing     wranglercfg.Code = "DM2106"
	CodeMainMissing     wranglercfg.Code = "DM2107"
	CodeDateMissing     wranglercfg.Code = "DM2108"
	CodeDateFuture      wranglercfg.Code = "DM2109"
	CodeDateDay         wranglercfg.Code = "DM2110"
	CodeUnknownFlag     wranglercfg.Code = "DM2111"
	CodePages           wranglercfg.Code = "DM2112"
	CodeBindingTwice    wranglercfg.Code = "DM2113"
	CodeReservedName    wranglercfg.Code = "DM2114"
	CodeNewer           wranglercfg.Code = "DM2115"
	CodePartlyRepeated  wranglercfg.Code = "DM2201"
	CodeSuffixedName    wranglercfg.Code = "DM2202"
	CodeEnvChoice       wranglercfg.Code = "DM2203"
	CodeOtherFile       wranglercfg.Code = "DM2204"
	CodeRedirect        wranglercfg.Code = "DM2205"
	CodeScriptName      wranglercfg.Code = "DM2401"
	CodeRemote          wranglercfg.Code = "DM2402"
	CodeDeletedBound    wranglercfg.Code = "DM2403"
	CodeAwaitsTransfer  wranglercfg.Code = "DM2404"
	CodeFreshWorker     wranglercfg.Code = "DM2501"
	CodeRecreated       wranglercfg.Code = "DM2502"
	CodeKeyValue        wranglercfg.Code = "DM2503"
	CodeOneUpload       wranglercfg.Code = "DM2504"
	CodeContainer       wranglercfg.Code = "DM2601"
	CodeBundle          wranglercfg.Code = "DM2701"
	CodeMainFile        wranglercfg.Code = "DM2702"
	CodeFormat          wranglercfg.Code = "DM2703"
	CodeNotExported     wranglercfg.Code = "DM2704"
	CodeStillExported   wranglercfg.Code = "DM2705"
	CodeNoRPC           wranglercfg.Code = "DM2706"
	CodeNoAlarm         wranglercfg.Code = "DM2707"
	CodeNotInstalled    wranglercfg.Code = "DM2708"
	CodeBase            wranglercfg.Code = "DM2801"
	CodeStepGone        wranglercfg.Code = "DM2802"
	CodeStepMoved       wranglercfg.Code = "DM2803"
	CodeStepEdited      wranglercfg.Code = "DM2804"
	CodeTagUnknown      wranglercfg.Code = "DM2805"
	CodeDestroys        wranglercfg.Code = "DM2806"
	CodeDestroysAllowed wranglercfg.Code = "DM2807"
	CodeNothingDeleted  wranglercfg.Code = "DM2808"
	CodeOtherWorker     wranglercfg.Code = "DM2809"
)

// CodeInfo describes a code of a finding.
type CodeInfo struct {
	Code    wranglercfg.Code
	Rules   string // of the config rule book
	API     string // codes with which Cloudflare refuses the same, or ""
	Summary string
}

// Codes lists the codes that a report may hold, in their order.
func Codes() []CodeInfo {
	return append([]CodeInfo(nil), codes...)
}

var codes = []CodeInfo{
	{migrations.CodeExistingClass, "M9 M13", "10074", "a class is created although it exists"},
	{migrations.CodeMissingClass, "M10 M11", "10074", "a class is deleted or renamed although it does not exist"},
	{migrations.CodeOccupied, "M11 M12", "", "the destination of a rename or transfer exists already"},
	{migrations.CodeNotLive, "B6 X9", "10061", "a bound class that nothing creates"},
	{migrations.CodeTwoDirectives, "M14", "10074", "a class with two directives in one step"},
	{migrations.CodeTagTwice, "M7", "10074", "a tag that is there twice"},
	{migrations.CodeAppliedGone, "M18", "10074", "a step that the ledger holds was removed or moved"},
	{migrations.CodeAppliedEdited, "M18", "", "a step that the ledger holds was edited"},
	{migrations.CodeOneWay, "X13", "", "back from exports to migrations"},
	{migrations.CodeExport, "X7 X10 X12", "100402", "an entry of exports at odds with the others or with the state"},
	{migrations.CodeTransfer, "M12", "", "a transfer from a Worker whose ledger is not there"},
	{migrations.CodeLedger, "M18", "", "the ledger is broken, or that of another Worker"},
	{wranglercfg.CodeEncoding, "F5", "", "the file is not UTF-8"},
	{wranglercfg.CodeSyntax, "F6 F7", "", "the file is not TOML, or not JSON with comments"},
	{wranglercfg.CodeEmpty, "F6", "", "nothing is in the file"},
	{wranglercfg.CodeRoot, "F10", "", "the document is no object"},
	{wranglercfg.CodeKeyTwice, "F8", "", "a key twice in one JSON object"},
	{wranglercfg.CodeTOML11, "F7", "", "TOML 1.1, which older wranglers refuse"},
	{wranglercfg.CodeEnvironment, "E2", "", "no such environment, or one that is no object"},
	{wranglercfg.CodeNotInherited, "E5", "", "a key that environments do not inherit is only at the top level"},
	{wranglercfg.CodeName, "G1", "", "name is not one of a Worker"},
	{wranglercfg.CodeMain, "G2", "", "main is not a string"},
	{wranglercfg.CodeCompatDate, "G3", "", "compatibility_date is not a date"},
	{wranglercfg.CodeCompatFlags, "G4", "", "compatibility_flags is not a list of strings"},
	{wranglercfg.CodeVars, "G5", "", "vars is not an object of values"},
	{wranglercfg.CodeBindings, "B1", "", "durable_objects has the wrong shape"},
	{wranglercfg.CodeBinding, "B2 B3", "", "an entry of durable_objects.bindings has the wrong shape"},
	{wranglercfg.CodeMigrations, "M1", "", "migrations is not a list of steps"},
	{wranglercfg.CodeMigration, "M2 M3 M4 M5", "10074", "a step of migrations has the wrong shape, or an empty tag"},
	{wranglercfg.CodeLifecycles, "X1", "", "migrations and exports together"},
	{wranglercfg.CodeExports, "X2", "", "exports is not an object by class name"},
	{wranglercfg.CodeExport, "X3 X4 X5 X6", "100402", "an entry of exports has the wrong shape"},
	{CodeUnknownField, "G6 E8 B4 M6 X3", "", "a field that wrangler does not know"},
	{CodeSwallowed, "F9", "", "a top-level key below a TOML header, which makes it part of that table"},
	{CodeRemovedField, "G7", "", "a field that wrangler no longer accepts"},
	{CodeIgnoredField, "G7", "", "an empty value that wrangler ignores"},
	{CodeFieldType, "G8", "", "another field has a value of the wrong type"},
	{CodeNameMissing, "G1", "", "the Worker has no name"},
	{CodeMainMissing, "G2", "", "the Worker has neither main nor assets"},
	{CodeDateMissing, "G3", "", "there is no compatibility_date"},
	{CodeDateFuture, "G3", "10021", "compatibility_date is in the future"},
	{CodeDateDay, "G3", "", "compatibility_date is a day that its month does not have"},
	{CodeUnknownFlag, "G4", "", "a compatibility flag that the runtime did not know when this was written"},
	{CodePages, "", "", "the configuration of a Pages project"},
	{CodeBindingTwice, "G8", "", "two bindings with one name"},
	{CodeReservedName, "G8", "", "a binding name that makes wrangler crash"},
	{CodeNewer, "B1", "", "a field that wrangler before 4.164 does not know"},
	{CodePartlyRepeated, "E6", "", "an environment repeats only some of the bindings or vars"},
	{CodeSuffixedName, "E4", "", "the name of an environment's Worker is none that the top level may have"},
	{CodeEnvChoice, "E1", "", "environments are defined and none was selected"},
	{CodeOtherFile, "F1", "", "another configuration is passed over"},
	{CodeRedirect, "F2", "", "a build tool redirects wrangler deploy to another file"},
	{CodeScriptName, "B5", "10061", "script_name is empty or the Worker's own"},
	{CodeRemote, "B4", "", "remote is not a boolean"},
	{CodeDeletedBound, "M15", "10061", "a binding to a deleted class"},
	{CodeAwaitsTransfer, "X9", "100402", "a binding to a class that is still on its way"},
	{CodeFreshWorker, "M17", "10074", "a list that a new Worker cannot take in one deploy"},
	{CodeRecreated, "M13", "", "a class deleted and created again, which destroys its objects"},
	{CodeKeyValue, "M19 X10", "10097", "a class with the key-value backend"},
	{CodeOneUpload, "M14 M17", "10074", "steps that cannot be sent together"},
	{CodeContainer, "X11", "", "containers and exports that do not fit together"},
	{CodeBundle, "B7", "", "main cannot be bundled"},
	{CodeMainFile, "G2", "", "main is no file, or the folder of the assets is not there"},
	{CodeFormat, "B8", "", "main is not an ES module with a default export"},
	{CodeNotExported, "B7 M16 X8", "10070 10064 10061 100402", "a class that main does not export"},
	{CodeStillExported, "X8", "100402", "a deleted class that main still exports"},
	{CodeNoRPC, "B7", "", "RPC with a class that does not extend DurableObject (a guess)"},
	{CodeNoAlarm, "B7", "", "setAlarm in a class without an alarm handler (a guess)"},
	{CodeNotInstalled, "B7", "", "a package that main imports is not installed"},
	{CodeBase, "M18", "", "the older revision cannot be read"},
	{CodeStepGone, "M18", "10074", "a step of the older revision is gone"},
	{CodeStepMoved, "M18", "10074", "a step of the older revision has another place"},
	{CodeStepEdited, "M18", "", "a step of the older revision was edited"},
	{CodeTagUnknown, "M18", "10074", "the deployed tag is not in the list"},
	{CodeDestroys, "M10 X12", "", "a deploy would destroy the objects of a class"},
	{CodeDestroysAllowed, "M10", "", "a deploy destroys the objects of a class, as allowed"},
	{CodeNothingDeleted, "M10", "", "a deletion was allowed and does not happen"},
	{CodeOtherWorker, "E4", "", "the Worker has another name than before"},
}
