package roots

import (
	"slices"

	"mutual/diagnose"
)

// missing tells which roots were expected and did not come.
func (c *comparison) missing(seen map[string]bool) {
	for _, pin := range c.profile.Pins {
		if seen[pin.SPKI] || slices.Contains(c.removed, pin.SPKI) || c.told(diagnose.RootsPinMismatch, pin.Name) {
			continue
		}
		c.lacks(pin)
	}
	if c.locked == nil {
		c.lackBeside(seen)
		return
	}
	for _, old := range c.locked.Roots {
		if _, pinned := c.profile.pinFor(old.SPKI); pinned || seen[old.SPKI] {
			continue
		}
		if c.update {
			c.gone(old)
		} else if len(c.profile.Operators) > 0 {
			c.problem(diagnose.RootsOlderBundle, old.Name, "the download does not hold it", "pin "+old.SPKI+", as "+LockName+" has it")
		} else {
			c.roots = append(c.roots, old) // accepted by hand, and of another source
		}
	}
}

// lacks deals with a pinned root that did not come. Its removal can be
// accepted, also where nothing is stored yet and the copy in the binary is in
// use.
func (c *comparison) lacks(pin Pin) {
	old := c.lockedRoot(pin.SPKI)
	switch {
	case c.update && old != nil:
		c.gone(*old)
	case c.update && c.locked == nil:
		if certs, err := Parse(pin.PEM); err == nil { // a test holds that it can be read
			c.gone(lockedRoot(pin.Name, certs[0], Pinned))
		}
	case leaving(pin) != "":
		c.without = append(c.without, pin)
		if old != nil {
			c.roots = append(c.roots, *old)
		}
	default:
		c.problem(diagnose.RootsPinMismatch, pin.Name, "the download does not hold it", "pin "+pin.SPKI)
	}
}

// lackBeside tells at the first fetch which of the public roots did not come
// that are known to stand in the bundle: half a bundle is a sound one to look
// at. Afterwards the store knows what there was.
func (c *comparison) lackBeside(seen map[string]bool) {
	for _, pin := range c.profile.Beside {
		if seen[pin.SPKI] {
			continue
		}
		accepted := slices.Contains(c.accept, pin.SPKI)
		if c.update {
			c.changes = append(c.changes, Change{Kind: Removed, Profile: c.profile.Name, Root: pin.Name, SPKI: pin.SPKI, Applied: accepted,
				Remark: "known to stand in the bundle, and not in this one"})
		}
		switch {
		case accepted:
			c.removed = append(c.removed, pin.SPKI)
		case !c.update || len(c.accept) > 0:
			c.problem(diagnose.RootsPinMismatch, pin.Name, "the download does not hold it", "pin "+pin.SPKI+", known to stand in the bundle")
		}
	}
}

// gone drops a root whose removal was accepted, and keeps it otherwise.
func (c *comparison) gone(old LockedRoot) {
	accepted := slices.Contains(c.accept, old.SPKI)
	c.changes = append(c.changes, Change{Kind: Removed, Profile: c.profile.Name, Root: old.Name, SPKI: old.SPKI,
		SHA256: old.SHA256, NotAfter: old.NotAfter, Applied: accepted})
	if !accepted {
		c.roots = append(c.roots, old)
		return
	}
	if _, pinned := c.profile.pinFor(old.SPKI); pinned {
		c.removed = append(c.removed, old.SPKI)
	}
}
