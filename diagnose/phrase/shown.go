package phrase

import (
	"fmt"
	"mutual/diagnose/cause"
	"slices"
	"sort"
	"strings"
)

// Example is how one stack shows a fault. In Text … stands for what varies.
type Example struct {
	Stack, Text string
}

// ShownAs returns how the stacks show the fault of a code, one text for each of
// their sides, those that name it before those that can mean other things as
// well. At most most are returned; most < 0 means all. The slice is the
// caller's.
func ShownAs(code cause.Code, most int) []Example {
	type candidate struct {
		Example
		score, order int
	}
	type place struct {
		stack string
		by    side
	}
	best := map[place]candidate{}
	order := 0
	offer := func(stack, text string, list likely, r rank, by side) {
		order++
		at := slices.Index(list, code)
		if at < 0 || at > 1 {
			return
		}
		where := place{stack, by}
		score := at*100 + int(r)*10 + min(9, len(list)-1)
		if old, ok := best[where]; !ok || score < old.score {
			best[where] = candidate{Example{stack, text}, score, order}
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
			if list == nil {
				list = x.cause.codes(by, -1)
			}
			if x.how != nearTLS && (x.cause.rank <= refusal || x.cause.rank == symptom || x.cause.kind == local) {
				offer(t.stack, x.text, list, x.cause.rank, by)
			}
		}
	}
	for _, v := range verifyErrors {
		offer("nginx", fmt.Sprintf("client SSL certificate verify error: (%d:%s)", v.number, v.texts[0]), v.cause.codes(server, -1), v.cause.rank, server)
		offer("Apache httpd", fmt.Sprintf("Certificate Verification: Error (%d): %s", v.number, v.texts[0]), v.cause.codes(server, -1), v.cause.rank, server)
		offer("curl", "SSL certificate problem: "+v.texts[0], v.cause.codes(client, -1), v.cause.rank, client)
		offer("Python ssl", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "+v.texts[0], v.cause.codes(client, -1), v.cause.rank, client)
	}
	for i := range alertTexts {
		a := &alertTexts[i]
		switch a.number {
		case 41, 49, 50, 90, 111: // rare
			continue
		}
		for _, by := range []side{client, server} {
			list := a.cause.codes(by, -1)
			lead := ""
			if by == server {
				lead = "http: TLS handshake error from …: "
			}
			offer("Go crypto/tls", lead+"remote error: tls: "+a.goName(), list, refusal, by)
			if by == client {
				offer("OpenSSL libssl", a.opensslName(), list, refusal, by)
				offer("Java JSSE", "Received fatal alert: "+AlertName(a.number), list, refusal, by)
				offer("rustls", "received fatal alert: "+camel(AlertName(a.number)), list, refusal, by)
			}
		}
	}
	names := map[string]bool{} // stacks with a text that names it first
	for where, c := range best {
		if c.score < 100 {
			names[where.stack] = true
		}
	}
	all := make([]candidate, 0, len(best))
	for _, c := range best {
		if c.score < 100 || !names[c.Stack] && len(names) < enough {
			all = append(all, c)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if a, b := familiar(all[i].Stack), familiar(all[j].Stack); a != b {
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

// familiar is the place of a stack among those that most people meet.
func familiar(stack string) int {
	for i, name := range []string{"Go ", "OpenSSL", "curl", "Node", "Python", "Java", "nginx", "Apache", "HAProxy", "Envoy", "rustls", "GnuTLS", "Firefox", "NSS", "Chrome", ".NET", "Schannel",
		"gRPC", "PostgreSQL", "MySQL", "Kafka", "Erlang", "MongoDB", "Redis", "Kubernetes", "Docker"} {
		if strings.HasPrefix(stack, name) {
			return i
		}
	}
	return 100
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

// enough stacks that name a fault make those needless that only may mean it.
const enough = 6

// camel writes bad_certificate as BadCertificate.
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		b.WriteString(strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):])
	}
	return b.String()
}
