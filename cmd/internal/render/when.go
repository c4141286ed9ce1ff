package render

import (
	"fmt"
	"regexp"
	"time"

	"mutual/diagnose"
)

// daysLeft says how long a certificate is still valid, or since when it is no
// longer.
func daysLeft(c *diagnose.Certificate, now time.Time) string {
	switch {
	case now.Before(c.NotBefore):
		return "not valid until " + stamp(c.NotBefore) + ", in " + span(c.NotBefore.Sub(now))
	case now.After(c.NotAfter):
		return "expired " + span(now.Sub(c.NotAfter)) + " ago"
	}
	return span(c.NotAfter.Sub(now)) + " left"
}

// span is a duration in the one unit that a person would use.
func span(d time.Duration) string {
	unit := func(n int, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch {
	case d >= 3*365*24*time.Hour:
		return unit(int(d.Hours()/24/365.25), "year")
	case d >= 48*time.Hour:
		return unit(int(d.Hours()/24), "day")
	case d >= 2*time.Hour:
		return unit(int(d.Hours()), "hour")
	case d >= 2*time.Minute:
		return unit(int(d.Minutes()), "minute")
	}
	return unit(int(d.Seconds()), "second")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// timeWords writes each RFC 3339 time within text as people do, and says how
// far a lone one is from now.
func timeWords(text string, now time.Time) string {
	if t, err := time.Parse(time.RFC3339, text); err == nil && !now.IsZero() {
		if d := now.Sub(t); d >= 0 {
			return stamp(t) + " (" + span(d) + " ago)"
		}
		return stamp(t) + " (in " + span(t.Sub(now)) + ")"
	}
	return rfc3339().ReplaceAllStringFunc(text, func(s string) string {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return stamp(t)
		}
		return s
	})
}

func rfc3339() *regexp.Regexp {
	return regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
}
