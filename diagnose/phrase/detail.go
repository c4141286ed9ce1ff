package phrase

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// details are what a text tells of the case in hand: the file, the names, the
// dates, by the names that rules use in braces.

const (
	longestDetail = 200 // bytes of a value
	detailReach   = 700 // bytes of a line, on either side of the error, that are looked at
)

// A detail is one form in which programs tell values; each group is one.
type detail struct {
	pattern *regexp.Regexp
	names   []string
	kinds   []kind // of causes that it is looked for with; nil: any
}

// Patterns are compiled when the first text is explained.
var details = sync.OnceValue(func() []detail {
	return []detail{
		// Names.
		{regexp.MustCompile(`certificate is valid for (.{1,300}?), not ([^\s"',;]+)`), []string{"names", "name"}, nil},
		{regexp.MustCompile(`certificate is not valid for any names, but wanted to match ([^\s"',;]+)`), []string{"name"}, nil},
		{regexp.MustCompile(`cannot validate certificate for ([^\s"',;]+) because`), []string{"name"}, nil},
		{regexp.MustCompile(`Host: (\S+?)\.? is not in the cert's altnames: ([^"\n]{1,300})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`IP: (\S+) is not in the cert's list: ?([^"\n]{0,300})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`certificate subject name [('"]([^)'"]+)[)'"] does not match target host name ['"]([^'"]+)['"]`), []string{"names", "name"}, nil},
		{regexp.MustCompile(`matches (?:target|requested) (?:host ?name|ipv?[46]? ?address) ['"‘]?([^\s'"’]+)`), []string{"name"}, nil},
		{regexp.MustCompile(`certificate is not valid for ['"]([^'"]+)['"]`), []string{"name"}, nil},
		{regexp.MustCompile(`hostname ['"]([^'"]+)['"] doesn't match (?:either of )?(['"].{1,300})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`No subject alternative (?:DNS name|names) matching (?:IP address )?(\S+) found`), []string{"name"}, nil},
		{regexp.MustCompile(`No name matching (\S+) found`), []string{"name"}, nil},
		{regexp.MustCompile(`[Cc]ertificate for <([^>]+)> doesn't match (?:any of the subject alternative names|common name of the certificate subject): \[?([^\]\n]{1,300})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`hostname in certificate didn't match: <([^>]+)> != <?([^>\n]{1,200})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`certificate not valid for name "([^"]+)"; certificate is only valid for (.{1,300})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`server certificate for "([^"]+)"(?: \(and \d+ other names?\))? does not match host name "([^"]+)"`), []string{"names", "name"}, nil},
		{regexp.MustCompile("Peer certificate CN=`([^']+)' did not match expected CN=`([^']+)'"), []string{"names", "name"}, nil},
		{regexp.MustCompile(`upstream SSL certificate does not match "([^"]+)"`), []string{"name"}, nil},
		{regexp.MustCompile(`NameMismatch \\*"([^"\\]+)`), []string{"name"}, nil},
		{regexp.MustCompile(`Hostname: (\S+) does not match (?:SAN\(s\): |CN: )?(.{1,200})`), []string{"name", "names"}, nil},
		{regexp.MustCompile(`certificate common name [‘'"]([^’'"]+)[’'"] doesn't match requested host name [‘'"]([^’'"]+)`), []string{"names", "name"}, nil},
		{regexp.MustCompile(`[Nn]o certificate (?:available|found) for(?: domain)?:? ["']?([^\s"',;]+)`), []string{"sni"}, nil},
		// Certificates.
		{regexp.MustCompile(`\[subject: (.{1,250}?) / issuer: (.{1,250}?) / serial: `), []string{"subject", "issuer"}, nil},
		{regexp.MustCompile(`VERIFY ERROR: depth=\d+, error=[^:]{1,80}: (.{1,250})`), []string{"subject"}, nil},
		{regexp.MustCompile(`Rejected by CERT at depth=\d+: (.{1,250})`), []string{"subject"}, nil},
		{regexp.MustCompile(`CERT-ERROR reason=\d+ depth=\d+ subject='([^']{1,250})'`), []string{"subject"}, nil},
		{regexp.MustCompile(`no issuer certificate found for "([^"]{1,250})"`), []string{"subject"}, nil},
		// Where it goes to.
		{regexp.MustCompile(`(?:dial|connect)(?:ing)? (?:tcp|to) ["']?(?:\S+? \()?([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{2,5})`), []string{"host", "port"}, []kind{connection, judgement, alert}},
		{regexp.MustCompile(`(?:https|wss|amqps|ldaps|tls|ssl)://([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{2,5})`), []string{"host", "port"}, []kind{connection, judgement, alert}},
		{regexp.MustCompile(`(?:lookup|ENOTFOUND|EAI_AGAIN|[Cc]ould not resolve host:?) ([\w-]+(?:\.[\w-]+)+)`), []string{"host"}, []kind{connection}},
		// What was found in a file.
		{regexp.MustCompile(`skipping PEM blocks of the following types: \[([^\]]{1,100})\]`), []string{"found"}, []kind{local}},
		{regexp.MustCompile(`but did find (a private key)`), []string{"found"}, []kind{local}},
		{regexp.MustCompile(`found (a certificate) rather than a key`), []string{"found"}, []kind{local}},
		{regexp.MustCompile(`(?i)(permission denied|access is denied|operation not permitted)`), []string{"found"}, []kind{local}},
	}
})

const endings = `pem|crt|cer|key|p12|pfx|pkcs12|jks|jceks|bks|bcfks|keystore|truststore|der|crl|p8|pk8|cert|p7b|chain|bundle`

// patterns are those that need more than their groups.
type patterns struct{ fileQuoted, fileBare, fileOther, goTimes, notAfter *regexp.Regexp }

var morePatterns = sync.OnceValue(func() patterns {
	return patterns{
		fileQuoted: regexp.MustCompile("[\"'`‘“]([^\"'`’”\\n]{1,200}\\.(?:" + endings + "))[\"'`’”]"),
		fileBare:   regexp.MustCompile("((?:[A-Za-z]:)?[^\\s\"'`‘’“”<>|(),;=\\[\\]{}:]{0,200}\\.(?:" + endings + "))(?:[\\s\"'`’”)\\],;:]|$)"),
		fileOther:  regexp.MustCompile("(?:open|stat|file|CAfile|load|from|read|certificate|key|access)[ :=(]{1,3}[\"'`‘“]?((?:/|[A-Za-z]:\\\\)[^\\s\"'`’”<>|(),;]{2,200}[^\\s\"'`’”<>|(),;:.])"),
		goTimes:    regexp.MustCompile(`current time (\S+?) is (after|before) (\S+)`),
		notAfter:   regexp.MustCompile(`Not(?:After|Before): ([A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]+ \S+ \d{4})`),
	}
})

// tell reads what the line of an error tells of the case in hand.
func (f *found) tell() {
	raw, at := f.raw, 0
	if f.object {
		raw = f.text
	} else if f.folded > 0 {
		at = int(int64(f.start) * int64(len(raw)) / int64(f.folded))
	}
	if at > detailReach {
		raw, at = raw[at-detailReach:], detailReach
	}
	raw = plain(raw[:min(len(raw), at+detailReach)])
	told := map[string]string{}
	more := morePatterns()
	for _, d := range details() {
		if !d.concerns(f.cause.kind) {
			continue
		}
		m := d.pattern.FindStringSubmatch(raw)
		if m == nil {
			continue
		}
		for i, name := range d.names {
			if value := strings.Trim(strings.TrimSpace(m[i+1]), `.,;\`); told[name] == "" && value != "" && len(value) <= longestDetail {
				told[name] = value
			}
		}
	}
	if f.cause.kind == local {
		if file := fileIn(raw, at); file != "" {
			told["file"] = file
			if i := strings.LastIndexByte(file, '/'); i > 0 {
				told["folder"] = file[:i]
			}
		}
	}
	if m := more.goTimes.FindStringSubmatch(raw); m != nil {
		now, err1 := time.Parse(time.RFC3339, m[1])
		end, err2 := time.Parse(time.RFC3339, strings.TrimRight(m[3], `.,;:"'\`))
		if err1 == nil && err2 == nil {
			told["date"] = end.UTC().Format("2006-01-02 15:04 UTC")
			if m[2] == "after" {
				told["ago"] = span(now.Sub(end))
			} else {
				told["ahead"] = span(end.Sub(now))
			}
		}
	} else if m := more.notAfter.FindStringSubmatch(raw); m != nil {
		told["date"] = m[1]
	}
	if told["host"] != "" && told["port"] != "" {
		told["address"] = told["host"] + ":" + told["port"]
	}
	for name, value := range f.vars {
		told[name] = value
	}
	if len(told) > 0 {
		f.vars = told
	}
}

func (d *detail) concerns(k kind) bool {
	for _, want := range d.kinds {
		if want == k {
			return true
		}
	}
	return d.kinds == nil
}

// fileIn is the file of certificates or keys that a line names nearest to a
// place in it, or "".
func fileIn(line string, at int) string {
	best, distance := "", 1<<30
	more := morePatterns()
	for _, pattern := range []*regexp.Regexp{more.fileQuoted, more.fileBare} {
		for _, m := range pattern.FindAllStringSubmatchIndex(line, -1) {
			d := max(m[2]-at, at-m[3], 0)
			if file := line[m[2]:m[3]]; d < distance && !strings.Contains(file, "://") && !strings.HasPrefix(file, ".") {
				best, distance = file, d
			}
		}
		if best != "" {
			return best
		}
	}
	if m := more.fileOther.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// span is a duration in the unit in which people count it.
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}
