package roots

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mutual/pki"
)

// files are what has to be written so that the store becomes next, and the
// files that nothing names any more. A file that is as it should be is left.
func (s Store) files(next *Lock, found []LockedRoot) (write []pki.Out, remove []string, err error) {
	named := map[string]bool{LockName: true}
	put := func(name string, data []byte) {
		if named[name] && name != LockName {
			return
		}
		named[name] = true
		if old, err := s.read(name); err == nil && bytes.Equal(old, data) {
			return
		}
		write = append(write, pki.Out{Name: name, Data: data})
	}
	for _, r := range found {
		put(r.File, pki.EncodeCerts(r.cert))
	}
	for name, p := range next.Profiles {
		if p.compared {
			put(p.Bundle, bundlePEM(Profile{Name: name}, p.Roots))
		}
		named[p.Bundle] = true
		for _, r := range p.Roots {
			named[r.File] = true
		}
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	put(LockName, append(data, '\n'))
	if before, err := s.Lock(); err == nil && before != nil {
		for _, p := range before.Profiles {
			for _, name := range append([]string{p.Bundle}, filesOf(p)...) {
				if !named[name] && plainFileName(name) {
					remove = append(remove, name)
				}
			}
		}
	}
	slices.Sort(remove)
	return write, slices.Compact(remove), nil
}

func filesOf(p LockedProfile) []string {
	var out []string
	for _, r := range p.Roots {
		out = append(out, r.File)
	}
	return out
}

// bundlePEM is the profile's bundle, each root under a comment. The comments
// are for people; Parse never looks at them.
func bundlePEM(p Profile, roots []LockedRoot) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Roots of the profile %s, by mutual roots.\n", p.Name)
	for _, r := range roots {
		fmt.Fprintf(&b, "\n# %s\n# pin %s, valid until %s\n", printable(r.Name), r.SPKI, day(r.NotAfter))
		b.Write(pki.EncodeCerts(r.cert))
	}
	return b.Bytes()
}

// printable keeps a name from ending its comment line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
