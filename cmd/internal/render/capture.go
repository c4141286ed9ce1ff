package render

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
)

// CaptureLine tells of one connection of a capture in a line, or as many as it
// takes at this width. Causes and fixes are CaptureSummary's.
func CaptureLine(r *diagnose.Report, o Options) string {
	p := newPage(o)
	at, root := r.Time.UTC().Format("15:04:05"), r.RootCause()
	said := join(", ", r.Remote+" to "+r.Target.Address+" "+handshakeSeen(r), courseSeen(r))
	switch {
	case root != nil:
		p.entry(at, bad, p.g.bad, said+". "+string(root.Code))
	case r.Verdict == diagnose.Unexplained:
		p.entry(at, bad, p.g.bad, said+". "+seen(r))
	default:
		p.entry(at, good, p.g.ok, said)
	}
	if o.Trace {
		p.ladder(r)
	}
	return p.b.String()
}

// CaptureGroups are the failed connections of a capture, by cause. The zero
// value is empty.
type CaptureGroups struct {
	groups []*captureGroup
	failed int
}

// captureGroup is one cause to one target.
type captureGroup struct {
	key         string
	root        diagnose.Finding
	target      string
	first, last time.Time
	connections int
	failures    int // a client that comes back at once has failed once
	from        map[string]int
	latest      map[string]time.Time
}

// atOnce is within which time a client's further connections are the same
// failure: programs try again by themselves.
const atOnce = 2 * time.Second

// maxClients bounds the clients that a group counts one by one.
const maxClients = 10000

// Add takes a connection into account.
func (g *CaptureGroups) Add(r *diagnose.Report) {
	root := r.RootCause()
	if root == nil {
		return
	}
	g.failed++
	key := string(root.Code) + " " + root.Title + " " + r.Target.Address
	i := slices.IndexFunc(g.groups, func(c *captureGroup) bool { return c.key == key })
	if i < 0 {
		i = len(g.groups)
		g.groups = append(g.groups, &captureGroup{key: key, root: *root, target: r.Target.Address, first: r.Time, last: r.Time,
			from: map[string]int{}, latest: map[string]time.Time{}})
	}
	c := g.groups[i]
	c.connections++
	if r.Time.Before(c.first) {
		c.first = r.Time
	}
	if r.Time.After(c.last) {
		c.last = r.Time
	}
	client := r.Remote
	if a, err := netip.ParseAddrPort(client); err == nil {
		client = a.Addr().String()
	}
	if before, ok := c.latest[client]; !ok || r.Time.Sub(before).Abs() > atOnce {
		c.failures++
	}
	if _, ok := c.from[client]; ok || len(c.from) < maxClients {
		c.from[client]++
		c.latest[client] = r.Time
	}
}

// CaptureSummary is the failed connections by cause, the most frequent first,
// with what to do, and what the capture held.
func CaptureSummary(g CaptureGroups, held string, o Options) string {
	p := newPage(o)
	p.line("")
	slices.SortStableFunc(g.groups, func(a, b *captureGroup) int { return cmp.Compare(b.failures, a.failures) })
	for i, c := range g.groups {
		if i > 0 {
			p.blank()
		}
		p.entry(fmt.Sprintf("%8s", fmt.Sprintf("%d x", c.failures)), bad, p.g.bad, strings.TrimRight(c.root.Title, ".")+".")
		p.under(string(c.root.Code) + among(&c.root))
		when := c.first.UTC().Format("2006-01-02 15:04:05") + " UTC"
		if c.connections > 1 {
			when = "since " + when + ", last " + c.last.UTC().Format("15:04:05")
		}
		line := "from " + clients(c.from) + " to " + c.target + ", " + when
		if c.connections > c.failures {
			line += fmt.Sprintf("; %d connections, for clients try again at once", c.connections)
		}
		p.under(line)
		p.settled(&c.root)
		p.remedy(c.root.Fix)
	}
	p.blank()
	for _, l := range Wrap(p.safe(held+"."), p.o.width()-1) {
		p.line(l)
	}
	return p.b.String()
}

// clients names the clients that failed most.
func clients(from map[string]int) string {
	names := make([]string, 0, len(from))
	for name := range from {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(from[b], from[a]), cmp.Compare(a, b)) })
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	return strings.Join(names, ", ")
}
