package store

import (
	"unsafe"

	sqlite3 "modernc.org/sqlite/lib"
)

// The real runtime counts inside its own build of SQLite (4.48, 4.49): a row read for every cursor that is positioned, a
// row written for every record or index entry inserted. The engine here has no such counters, except for cursors that
// move on. So each compiled statement runs as a copy of its program in which the instructions that count are moved to
// the end, each behind a jump and beside an addition to one of two registers of our own:
//
//	7: SeekRowid 0 12 1   becomes   7: Goto 40   …   40: AddImm reads 1   41: SeekRowid 0 12 1   42: Goto 8
//
// No address changes, so no jump needs to be corrected. The original program is put back before the statement is
// finalized. Programs of triggers stay as they are; their writes are taken from SQLite's count of changes. What differs
// from the real runtime after all is listed in storetest.

const (
	opSize  = unsafe.Sizeof(sqlite3.TVdbeOp{})
	memSize = unsafe.Sizeof(sqlite3.TMem{})

	memIsInt     = 4  // MEM_Int
	fieldCount   = -3 // P4_INT: an index is searched, not a table
	countsChange = 1  // OPFLAG_NCHANGE
	hookOnly     = 64 // OPFLAG_ISNOOP: only calls hooks

	maxCounted = 5000 // instructions; longer programs are not worth a copy
)

// program is the copy that a statement runs, and the memory that goes with it.
type program struct {
	original   uintptr // the array of instructions that SQLite owns
	length     int32
	cells      uintptr // the registers that SQLite owns
	copied     uintptr
	registers  uintptr
	counter    uintptr // the register of rows read; rows written follow
	recompiled uint32  // SQLite's count when the copy was made
	triggers   bool    // it calls other programs
	clears     bool    // it empties a table in one go
}

// counters are readings at one moment.
type counters struct {
	read, written int64 // our registers
	moved         int64 // cursors that moved on to another row, by SQLite's count
	changed       int64 // rows changed on the connection, by SQLite's count
}

// counts are what a run has done.
type counts struct{ read, written int64 }

// instrument replaces the program of a statement that was just compiled.
func (c *conn) instrument(st *stmt) {
	v := (*sqlite3.TVdbe)(pointer(st.addr))
	if st.explain || c.plain || v.FnOp > maxCounted {
		return
	}
	ops := unsafe.Slice((*sqlite3.TVdbeOp)(pointer(v.FaOp)), v.FnOp)
	p := &program{
		original: v.FaOp, length: v.FnOp, cells: v.FaMem,
		recompiled: v.FaCounter[sqlite3.SQLITE_STMTSTATUS_REPREPARE],
	}
	w := &weaver{reads: v.FnMem, writes: v.FnMem + 1, out: make([]sqlite3.TVdbeOp, len(ops), 2*len(ops)+16)}
	copy(w.out, ops)
	stored := storedCursors(ops)
	for i := range ops {
		switch ops[i].Fopcode {
		case sqlite3.OP_Program:
			p.triggers = true
		case sqlite3.OP_Clear:
			p.clears = p.clears || ops[i].Fp3 != 0
		}
		w.weave(i, ops, stored)
	}
	p.copied = malloc(c.tls, len(w.out)*int(opSize))
	copy(unsafe.Slice((*sqlite3.TVdbeOp)(pointer(p.copied)), len(w.out)), w.out)
	p.registers = malloc(c.tls, int(v.FnMem+2)*int(memSize))
	cells := unsafe.Slice((*sqlite3.TMem)(pointer(p.registers)), v.FnMem+2)
	copy(cells, unsafe.Slice((*sqlite3.TMem)(pointer(v.FaMem)), v.FnMem))
	for i := v.FnMem; i < v.FnMem+2; i++ {
		cells[i] = sqlite3.TMem{Fdb: c.db, Fflags: memIsInt}
	}
	p.counter = p.registers + uintptr(v.FnMem)*memSize
	v.FaOp, v.FnOp, v.FaMem = p.copied, int32(len(w.out)), p.registers
	st.program = p
}

// current reports whether the statement still runs the copy; SQLite recompiles after a change of the schema.
func (p *program) current(v *sqlite3.TVdbe) bool {
	return v.FaCounter[sqlite3.SQLITE_STMTSTATUS_REPREPARE] == p.recompiled
}

// unweave gives SQLite back what it is about to free, or frees what it has left of an older program.
func (st *stmt) unweave(c *conn) {
	p := st.program
	if p == nil {
		return
	}
	st.program = nil
	v := (*sqlite3.TVdbe)(pointer(st.addr))
	if p.current(v) {
		v.FaOp, v.FnOp, v.FaMem = p.original, p.length, p.cells
		free(c.tls, p.copied)
	} else {
		free(c.tls, p.original) // the copy was freed in its place
	}
	free(c.tls, p.registers)
}

// renew instruments a statement again that SQLite has recompiled. It must not be running.
func (c *conn) renew(st *stmt) {
	if st.program != nil && !st.program.current((*sqlite3.TVdbe)(pointer(st.addr))) {
		st.unweave(c)
		c.instrument(st)
	}
}

// storedCursors tells which cursors are on tables and indexes of the database, not on intermediate results.
func storedCursors(ops []sqlite3.TVdbeOp) map[int32]bool {
	stored := make(map[int32]bool, 4)
	for i := range ops {
		switch ops[i].Fopcode {
		case sqlite3.OP_OpenRead, sqlite3.OP_OpenWrite, sqlite3.OP_ReopenIdx:
			stored[ops[i].Fp1] = true
		}
	}
	return stored
}

// weaver appends the moved instructions to a copy of a program.
type weaver struct {
	out           []sqlite3.TVdbeOp
	reads, writes int32 // registers
}

func (w *weaver) weave(i int, ops []sqlite3.TVdbeOp, stored map[int32]bool) {
	op := ops[i]
	next := int32(i + 1)
	switch op.Fopcode {
	case sqlite3.OP_Rewind, sqlite3.OP_Last, sqlite3.OP_Sort, sqlite3.OP_SorterSort, sqlite3.OP_SeekRowid, sqlite3.OP_NotExists,
		sqlite3.OP_VNext:
		w.move(i, add(w.reads), op, jump(next))
	case sqlite3.OP_SeekGE, sqlite3.OP_SeekGT, sqlite3.OP_SeekLE, sqlite3.OP_SeekLT:
		switch {
		case ops[i-1].Fopcode == sqlite3.OP_SeekScan: // reads the instruction after itself
		case op.Fp4type != fieldCount:
			w.move(i, add(w.reads), op, jump(next))
		default:
			// An exact search skips the instruction after it, the comparison that would end the loop.
			at := int32(len(w.out))
			w.move(i, op, jump(at+4), add(w.reads), jump(next+1), add(w.reads), jump(next))
		}
	case sqlite3.OP_Count:
		sum := sqlite3.TVdbeOp{Fopcode: sqlite3.OP_Add, Fp1: op.Fp2, Fp2: w.reads, Fp3: w.reads}
		w.move(i, op, sum, jump(next))
	case sqlite3.OP_Insert, sqlite3.OP_IdxInsert:
		if stored[op.Fp1] && (op.Fopcode != sqlite3.OP_Insert || op.Fp5&hookOnly == 0) {
			w.move(i, add(w.writes), op, jump(next))
		}
	case sqlite3.OP_Delete:
		if stored[op.Fp1] && op.Fp2&countsChange != 0 {
			w.move(i, add(w.writes), op, jump(next))
		}
	case sqlite3.OP_VUpdate:
		w.move(i, add(w.writes), op, jump(next))
	}
}

// move puts instructions at the end and a jump to them in place of the i-th, whose operand goes along.
func (w *weaver) move(i int, moved ...sqlite3.TVdbeOp) {
	w.out[i] = jump(int32(len(w.out)))
	w.out = append(w.out, moved...)
}

func jump(to int32) sqlite3.TVdbeOp { return sqlite3.TVdbeOp{Fopcode: sqlite3.OP_Goto, Fp2: to} }

func add(register int32) sqlite3.TVdbeOp {
	return sqlite3.TVdbeOp{Fopcode: sqlite3.OP_AddImm, Fp1: register, Fp2: 1}
}

// counters reads what the statement has counted since it was compiled.
func (c *conn) counters(st *stmt) counters {
	v := (*sqlite3.TVdbe)(pointer(st.addr))
	k := counters{
		moved:   int64(v.FaCounter[0]) + int64(v.FaCounter[sqlite3.SQLITE_STMTSTATUS_FULLSCAN_STEP]),
		changed: sqlite3.Xsqlite3_total_changes64(c.tls, c.db),
	}
	if p := st.program; p != nil && p.current(v) {
		k.read, k.written = readInt64(p.counter), readInt64(p.counter+memSize)
	}
	return k
}

// since gives what a run has done from base on. SQLite's own count of changes stands in where no instruction counts: for
// rows written by triggers, and for a table that was emptied in one go.
func (c *conn) since(st *stmt, base counters) counts {
	k := c.counters(st)
	moved, changed := k.moved-base.moved, k.changed-base.changed
	p := st.program
	if p == nil || !p.current((*sqlite3.TVdbe)(pointer(st.addr))) {
		return counts{moved, changed}
	}
	done := counts{moved + k.read - base.read, k.written - base.written}
	switch {
	case p.clears:
		done.written += changed
	case p.triggers:
		done.written += max(0, changed-sqlite3.Xsqlite3_changes64(c.tls, c.db))
	}
	return done
}

func (r *run) counts() counts {
	if r.st == nil {
		return r.final
	}
	return r.c.since(r.st, r.base)
}
