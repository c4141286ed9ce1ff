package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki/roots"
)

// listSheet shows the profiles and their roots.
func listSheet(all []*roots.Status, store roots.Store, o render.Options) *render.Sheet {
	sheet := render.NewSheet(o)
	for _, s := range all {
		sheet.Title(s.Name)
		sheet.Fact("for", s.Title)
		sheet.Fact("why", s.Why)
		if s.Identity == (roots.Identity{}) {
			sheet.Fact("caller", "not for judging clients: these CAs issue to anybody")
		} else {
			sheet.Fact("caller", fmt.Sprintf("%s, verify depth at least %d", s.Identity, s.Depth))
		}
		if !s.Until.IsZero() {
			sheet.Fact("ends", fmt.Sprintf("on %s; then %s; %s", s.Until.Format("2 January 2006"), s.Instead, s.Aside))
		}
		if !s.Fetched.IsZero() {
			sheet.Fact("fetched", s.Fetched.Local().Format("2006-01-02 15:04")+" from "+s.From)
		}
		for _, r := range s.Roots {
			sheet.Fact("root", r.Root)
			sheet.Fact("", fmt.Sprintf("%s, %d days left, %s", r.Key, r.DaysLeft, r.State))
			sheet.Fact("", "pin "+r.SPKI)
		}
		unpinned(sheet, s)
		for _, p := range s.Problems {
			sheet.Fact("problem", fmt.Sprintf("%s %s: %s (%s)", p.File, p.Root, p.Got, p.Kind))
		}
		for _, source := range s.Sources {
			sheet.Fact("source", source)
		}
	}
	sheet.Title("all")
	if store.Dir != "" {
		sheet.Fact("store", store.Dir)
	}
	for _, w := range uniqueWarnings(all) {
		sheet.Fact("note", w)
	}
	sheet.Fact("expired", strings.Join(knownNames(diagnose.GoogleExpired), ", ")+": known, recognised in any bundle, never trusted")
	sheet.Fact("perhaps", strings.Join(knownNames(diagnose.NextCandidate), ", ")+": may come next, not trusted")
	return sheet
}

// unpinned names what somebody took into a profile, or out of it, by hand.
func unpinned(sheet *render.Sheet, s *roots.Status) {
	for _, text := range append(slices.Clone(s.Accepted), s.Removed...) {
		sheet.Fact("by hand", text)
	}
}

// verifiedSheet says that nothing is wrong with the store, and what in it rests
// on somebody's word in place of a pin.
func verifiedSheet(all []*roots.Status, store roots.Store, r *diagnose.Report, o render.Options) *render.Sheet {
	sheet := render.NewSheet(o)
	stored, byHand := 0, 0
	for _, s := range all {
		if !s.Fetched.IsZero() {
			stored++
		}
		byHand += len(s.Accepted) + len(s.Removed)
	}
	switch {
	case stored == 0 && store.Dir != "":
		sheet.Good("No roots are stored in " + store.Dir + ", and those built into mutual are in use; they hold.")
	case stored == 0:
		sheet.Good("No roots are stored, and those built into mutual are in use; they hold.")
	case byHand > 0:
		sheet.Caution("The store holds what its lock file says, and not all of it fits the pins: " + plural(byHand, "change") + " by hand.")
	default:
		sheet.Good("The store holds what its lock file says, and that fits the pins: " + store.Dir + ".")
	}
	sheet.Blank()
	for _, s := range all {
		from := "built in"
		if !s.Fetched.IsZero() {
			from = "fetched " + s.Fetched.Local().Format("2006-01-02 15:04")
		}
		sheet.Fact("profile", fmt.Sprintf("%s: %s, %s", s.Name, plural(len(s.Roots), "root"), from))
		unpinned(sheet, s)
	}
	sheet.Report(r)
	return sheet
}

func uniqueWarnings(all []*roots.Status) []string {
	var out []string
	for _, s := range all {
		for _, w := range s.Warnings {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

func knownNames(standing diagnose.Standing) []string {
	var out []string
	for _, ca := range diagnose.KnownCAs() {
		if ca.Standing == standing {
			out = append(out, ca.Name)
		}
	}
	return out
}

func knownJSON() any {
	type known struct {
		Name     string            `json:"name"`
		Standing diagnose.Standing `json:"standing"`
		SPKI     string            `json:"spki_sha256"`
		SHA256   []string          `json:"sha256"`
		NotAfter string            `json:"not_after"`
	}
	var out []known
	for _, ca := range diagnose.KnownCAs() {
		out = append(out, known{ca.Name, ca.Standing, ca.SPKI, ca.SHA256, ca.NotAfter.Format(time.DateOnly)})
	}
	return out
}

func statusJSON(all []*roots.Status) any {
	type status struct {
		Name     string                 `json:"name"`
		For      string                 `json:"for"`
		Why      string                 `json:"why"`
		Identity roots.Identity         `json:"identity"`
		Depth    int                    `json:"verify_depth,omitempty"`
		Until    time.Time              `json:"until,omitzero"`
		Instead  string                 `json:"instead,omitempty"`
		Fetched  time.Time              `json:"fetched,omitzero"`
		From     string                 `json:"from,omitempty"`
		Roots    []roots.Entry          `json:"roots"`
		Accepted []string               `json:"accepted"`
		Removed  []string               `json:"removed"`
		Problems []diagnose.RootProblem `json:"problems"`
		Warnings []string               `json:"warnings"`
		Sources  []string               `json:"sources"`
	}
	out := []status{}
	for _, s := range all {
		out = append(out, status{s.Name, s.Title, s.Why, s.Identity, s.Depth, s.Until, s.Instead, s.Fetched, s.From,
			some(s.Roots), some(s.Accepted), some(s.Removed), some(s.Problems), some(s.Warnings), s.Sources})
	}
	return out
}
