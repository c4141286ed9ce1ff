package phrase

import (
	"sort"
	"strings"
)

// Example is how one stack shows a fault. In Text … stands for what varies.
type Example struct {
	Stack, Text string
}

// ShownAs returns how the stacks show the fault of a code, one text each, those
// that name it before those that can mean other things as well. At most most
// are returned; most < 0 means all. The slice is the caller's.
func ShownAs(code string, most int) []Example {
	type candidate struct {
		Example
		score, order int
	}
	best := map[string]candidate{}
	order := 0
	offer := func(stack, text, list string, r rank) {
		order++
		at := 0
		for c, rest := nextCode(list); c != code; c, rest = nextCode(rest) {
			if at++; rest == "" || at > 2 {
				return
			}
		}
		stack, _, _ = strings.Cut(stack, " (")
		score := at*10 + int(r)
		if old, ok := best[stack]; !ok || score < old.score {
			best[stack] = candidate{Example{stack, text}, score, order}
		}
	}
	for _, t := range tables() {
		if t == &generalTexts || t == &networkTexts {
			continue
		}
		for i := range t.texts {
			x := &t.texts[i]
			by := t.by
			if x.by != neither {
				by = x.by
			}
			list := x.codes
			if list == "" {
				list = x.cause.codes(by, -1)
			}
			if x.cause.rank <= refusal || x.cause.rank == symptom {
				offer(t.stack, x.text, list, x.cause.rank)
			}
		}
	}
	for i := range alertTexts {
		a := &alertTexts[i]
		for _, by := range []side{client, server} {
			list := a.cause.codes(by, -1)
			lead := ""
			if by == server {
				lead = "http: TLS handshake error from …: "
			}
			offer("Go crypto/tls", lead+"remote error: tls: "+a.goName(), list, refusal)
			if by == client {
				offer("OpenSSL libssl", a.opensslName(), list, refusal)
				offer("Java JSSE", "Received fatal alert: "+AlertName(a.number), list, refusal)
			}
		}
	}
	all := make([]candidate, 0, len(best))
	for _, c := range best {
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool {
		if a, b := all[i].score/10, all[j].score/10; a != b {
			return a < b
		}
		return all[i].order < all[j].order
	})
	var out []Example
	for _, c := range all {
		if most < 0 || len(out) < most {
			out = append(out, c.Example)
		}
	}
	return out
}

// goName is the alert in the words of Go's crypto/tls.
func (a *alertText) goName() string {
	switch a.number {
	case 44:
		return "revoked certificate"
	case 45:
		return "expired certificate"
	case 46:
		return "unknown certificate"
	case 50:
		return "error decoding message"
	case 51:
		return "error decrypting message"
	}
	return a.names[0]
}

// opensslName is the alert as an error of OpenSSL before 3.2; later ones say
// "ssl/tls alert" throughout.
func (a *alertText) opensslName() string {
	lead := "tlsv1 alert "
	switch {
	case a.number <= 47 && a.number != 21 && a.number != 22:
		lead = "sslv3 alert "
	case a.number == 116 || a.number == 109:
		lead = "tlsv13 alert "
	case a.number >= 110 && a.number <= 114:
		lead = "tlsv1 "
	}
	name := strings.ReplaceAll(AlertName(a.number), "_", " ")
	return lead + name
}
