package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/pki"
)

// dueFlag is the flag that says when a certificate is due.
func dueFlag() cli.Flag {
	return &cli.StringFlag{Name: "within", Usage: "due is what ends within `30d|12h|33%` of its life (default: 21 days, or a third of a shorter life)"}
}

// dueBy reads the flag.
func dueBy(c *cli.Context) (pki.Due, error) {
	text := c.String("within")
	if text == "" {
		return pki.DueByDefault, nil
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(n > 0 && n <= 100) {
			return nil, usage("for example: --within 33%", "--within %s: expected a share of its life from above 0%% to 100%%", text)
		}
		return pki.DueByShare(n / 100), nil
	}
	d, err := parseLife(text)
	if err != nil {
		return nil, usage("for example: --within 30d, or --within 33%", "--within %v", err)
	}
	return pki.DueWithin(d), nil
}

// parseLife reads a length of time in days, hours or what time.ParseDuration
// knows: 30d, 0.5d, 8h, 1d12h.
func parseLife(text string) (time.Duration, error) {
	bad := fmt.Errorf("%q: expected a time such as 30d, 0.5d or 8h, of at most %d days", text, maxDays)
	var total time.Duration
	rest := text
	if days, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n >= 0 && n <= maxDays) {
			return 0, bad
		}
		total, rest = time.Duration(n*24*float64(time.Hour)), after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, bad
		}
		total += d
	}
	if total < time.Second || total > maxDays*24*time.Hour {
		return 0, bad
	}
	return total, nil
}
