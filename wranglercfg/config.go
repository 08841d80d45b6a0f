package wranglercfg

import "path/filepath"

// Config is a configuration after an environment was selected and inheritance
// applied. Keys that dormouse has no use for are not in it; see [Config.Node].
type Config struct {
	Path string // of the file
	Env  string // the selected environment; "" is the top level
	Pos  Pos    // of the object that was selected

	Name               Text // with the environment's suffix (E4); may be empty
	Main               Text // as written, relative to the folder of the file
	CompatibilityDate  Text // YYYY-MM-DD, or absent
	CompatibilityFlags []Text
	Vars               []Var
	Bindings           []Binding // durable_objects.bindings
	Migrations         []Migration
	Exports            []Export

	// Lifecycle is the place of the migrations or exports that apply, or else Pos.
	Lifecycle Pos

	node, top *Node
}

// Text is a string of the file with its place. A Text without a place was not
// in the file.
type Text struct {
	Value string
	Pos   Pos
}

// Var is one of vars. Any JSON value is legal.
type Var struct {
	Name  Text
	Value *Node
}

// Binding is one of durable_objects.bindings.
type Binding struct {
	Name, ClassName, ScriptName, Environment Text

	Pos Pos // of the entry
}

// Migration is one step of migrations.
type Migration struct {
	Tag                Text
	NewClasses         []Text
	NewSQLiteClasses   []Text
	RenamedClasses     []Rename
	DeletedClasses     []Text
	TransferredClasses []Transfer

	Pos Pos // of the entry
}

// Rename is an entry of renamed_classes.
type Rename struct {
	From, To Text
}

// Transfer is an entry of transferred_classes.
type Transfer struct {
	From, FromScript, To Text
}

// Types of an [Export].
const (
	TypeDurableObject = "durable-object"
	TypeWorker        = "worker"
	TypeWorkflow      = "workflow"
)

// States of an [Export]. Created and expecting-transfer are live, the others
// are tombstones (X4).
const (
	StateCreated           = "created"
	StateDeleted           = "deleted"
	StateRenamed           = "renamed"
	StateTransferred       = "transferred"
	StateExpectingTransfer = "expecting-transfer"
)

// Backends of an [Export].
const (
	StorageSQLite   = "sqlite"
	StorageLegacyKV = "legacy-kv"
)

// Export is one entry of exports. The fields after Type are those of a
// durable-object; State is "created" where the file says nothing.
type Export struct {
	ClassName     Text
	Type          Text
	State         Text
	Storage       Text
	RenamedTo     Text
	TransferredTo Text
	TransferFrom  Text

	Pos Pos // of the entry
}

// ScriptName returns the name under which the Worker is live; "" if it has none.
func (c *Config) ScriptName() string { return c.Name.Value }

// MainPath returns the path of main, or "" without one. It is relative to
// wherever the path of the file is relative to.
func (c *Config) MainPath() string {
	if c.Main.Value == "" {
		return ""
	}
	main := filepath.FromSlash(c.Main.Value)
	if filepath.IsAbs(main) {
		return main
	}
	return filepath.Join(filepath.Dir(c.Path), main)
}

// Node returns the object that was selected: the document, or that of the
// environment. Keys that it lacks may be inherited from the document.
func (c *Config) Node() *Node { return c.node }

// Top returns the document: the place of keys that environments cannot have.
func (c *Config) Top() *Node { return c.top }

// Inherited returns the value of a key that an environment overrides as a whole
// and else takes from the top level (E3), or nil.
func (c *Config) Inherited(key string) *Node {
	for _, level := range []*Node{c.node, c.top} {
		if v := level.Get(key); v.Kind() != Null {
			return v
		}
	}
	return nil
}

// Local reports whether a binding's class belongs to this Worker: it has no
// script_name, or the Worker's own (B5).
func (c *Config) Local(b Binding) bool {
	return !b.ScriptName.Pos.IsValid() || b.ScriptName.Value == c.ScriptName()
}

// LocalBindings returns the bindings whose class this Worker provides.
func (c *Config) LocalBindings() []Binding { return c.bindings(true) }

// ExternalBindings returns the bindings whose class another Worker provides.
func (c *Config) ExternalBindings() []Binding { return c.bindings(false) }

func (c *Config) bindings(local bool) []Binding {
	var bs []Binding
	for _, b := range c.Bindings {
		if c.Local(b) == local {
			bs = append(bs, b)
		}
	}
	return bs
}
