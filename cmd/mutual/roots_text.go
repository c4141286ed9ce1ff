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

// listText draws the profiles and their roots.
func listText(all []*roots.Status, store roots.Store) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s  for %s\n", s.Name, s.Title)
		if s.Identity == (roots.Identity{}) {
			b.WriteString("  not for judging clients: these CAs issue to anybody\n")
		} else {
			fmt.Fprintf(&b, "  the caller has to be %s, verify depth at least %d\n", s.Identity, s.Depth)
		}
		if !s.Until.IsZero() {
			fmt.Fprintf(&b, "  ends on %s; then %s\n", s.Until.Format("2 January 2006"), s.Instead)
			if s.Aside != "" {
				fmt.Fprintf(&b, "  %s\n", s.Aside)
			}
		}
		if !s.Fetched.IsZero() {
			fmt.Fprintf(&b, "  fetched %s from %s\n", s.Fetched.Local().Format("2006-01-02 15:04"), render.Escape(shorten(s.From, 60)))
		}
		for _, r := range s.Roots {
			fmt.Fprintf(&b, "    %-42s %-11s %5d days  %s\n", render.Escape(r.Root), r.Key, r.DaysLeft, r.State)
			fmt.Fprintf(&b, "      pin %s\n", r.SPKI)
		}
		for _, p := range s.Problems {
			fmt.Fprintf(&b, "    ! %s %s: %s  (%s)\n", render.Escape(p.File), render.Escape(p.Root), render.Escape(p.Got), p.Kind)
		}
		for _, source := range s.Sources {
			fmt.Fprintf(&b, "  source  %s\n", source)
		}
		b.WriteByte('\n')
	}
	if store.Dir != "" {
		fmt.Fprintf(&b, "store     %s\n", store.Dir)
	}
	for _, w := range uniqueWarnings(all) {
		fmt.Fprintf(&b, "note      %s\n", w)
	}
	fmt.Fprintf(&b, "expired   %s: known, recognised in any bundle, never trusted\n", strings.Join(knownNames(diagnose.GoogleExpired), ", "))
	fmt.Fprintf(&b, "perhaps   %s: may come next, not trusted\n", strings.Join(knownNames(diagnose.NextCandidate), ", "))
	return b.String()
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

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + " ..."
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
		Problems []diagnose.RootProblem `json:"problems"`
		Warnings []string               `json:"warnings"`
		Sources  []string               `json:"sources"`
	}
	out := []status{}
	for _, s := range all {
		out = append(out, status{s.Name, s.Title, s.Why, s.Identity, s.Depth, s.Until, s.Instead, s.Fetched, s.From,
			some(s.Roots), some(s.Problems), some(s.Warnings), s.Sources})
	}
	return out
}
