package js

// own refuses an object of I/O that belongs to another context than the one
// whose JavaScript runs. Kind is the runtime's name for it.
func (c *ioContext) own(kind string) error {
	if c.w.current == c {
		return nil
	}
	return c.w.platform.Foreign(kind)
}

// DurableObject tells the platform which of the runtime's texts such an error has.
func (c *ioContext) DurableObject() bool { return !c.entry }

// Kinds of I/O objects, as errors name them.
const (
	storageKind = "ActorCacheInterface"
	cursorKind  = "State"
	listingKind = "ListCursor"
)
