package storetest

// Reasons why an answer may differ from the recording.
const (
	noLimit     = "UPDATE and DELETE with ORDER BY or LIMIT are not compiled into this engine; the error names the rewrite"
	afterLimit  = "follows from the UPDATE and DELETE with LIMIT before it"
	newCompound = "this version of SQLite computes compound SELECTs without an intermediate table, so fewer rows are read"
	inTrigger   = "rows read by triggers and foreign key actions are counted in part only"
	indexBuild  = "the real runtime counts up to two more rows while an index is built from existing rows"
)

// differences are the answers that may differ from the recording, each with its reason.
var differences = map[string]string{
	"update limit 4.64: update t set b = 9 order by a desc limit 1": noLimit,
	"update limit 4.64: delete from t order by a limit 1":           noLimit,
	"update limit 4.64: delete from t limit 1":                      noLimit,
	"update limit 4.64: select * from t":                            afterLimit,

	"allowed sql 4.64 4.65: select a from t union select 9 except select 1 intersect select 9": newCompound,
	"limits 4.78-4.87: select 1 union select 2 union select 3 union select 4 union select 5":   newCompound,
	"counts reads 4.51: select a from t union select a from i":                                 newCompound,
	"counts reads 4.51: select a from t except select a from u":                                newCompound,
	"counts reads 4.51: select a from t intersect select a from u":                             newCompound,

	"allowed sql 4.64 4.65: insert into t(a) values (4) returning *": inTrigger,
	"allowed sql 4.64 4.65: replace into t(a, b) values (1, 'r')":    inTrigger,
	"counts triggers: update t set b = 2 where a = 1":                inTrigger,
	"counts triggers: delete from p where id = 1":                    inTrigger,
	"counts triggers: delete from p where id = 2":                    inTrigger,

	"allowed sql 4.64 4.65: create index tx on t(lower(bb))": indexBuild,
	"counts schema 4.53: create index j on t(b)":             indexBuild,
	"counts schema 4.53: create unique index j2 on t(b)":     indexBuild,
}
