package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mutual/diagnose"
)

// Inspection is what files, or a server, were found to hold. Its report is
// that of the first chain; Further are those of the other chains.
type Inspection struct {
	*diagnose.Report
	Items   []Item             `json:"items"`
	Further []*diagnose.Report `json:"further"`
}

// Item is one thing that was found. It holds no private key.
type Item struct {
	Path  string `json:"path"`
	Entry string `json:"entry,omitempty"` // within a Kubernetes Secret or the like
	Alias string `json:"alias,omitempty"` // within a key store
	Block int    `json:"block,omitempty"` // the PEM block, from 1
	Line  int    `json:"line,omitempty"`
	Kind  string `json:"kind"`
	Form  string `json:"form,omitempty"`

	Certificate *diagnose.Certificate `json:"certificate,omitempty"`
	Request     *Request              `json:"request,omitempty"`
	List        *RevocationList       `json:"list,omitempty"`
	OCSP        *OCSP                 `json:"ocsp,omitempty"`

	Key        string `json:"key,omitempty"` // "ECDSA P-256"
	SPKISHA256 string `json:"spki_sha256,omitempty"`
	Encrypted  bool   `json:"encrypted,omitempty"`
	Reason     string `json:"reason,omitempty"` // why it could not be read
	Remark     string `json:"remark,omitempty"` // worth knowing, and no fault
	// Fits are the items, by their place in the list, that have the same key.
	Fits []int `json:"fits,omitempty"`
}

// Request is what a certificate request asks for.
type Request struct {
	Subject string   `json:"subject"`
	Names   []string `json:"names"`
	// Signed: its own key signed it, as it must. It is false, too, where the
	// signature is of a kind that is not checked; the item's remark says so.
	Signed    bool   `json:"signed"`
	Signature string `json:"signature"`
}

// RevocationList is the head of a CRL.
type RevocationList struct {
	Issuer     string    `json:"issuer"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	Revoked    int       `json:"revoked"`
	Signature  string    `json:"signature"`
}

// OCSP is what a responder said (RFC 6960).
type OCSP struct {
	Status     string       `json:"status"` // "successful", or why there is no answer
	ProducedAt time.Time    `json:"produced_at,omitzero"`
	Answers    []OCSPAnswer `json:"answers,omitempty"`
}

// OCSPAnswer is the status of one certificate.
type OCSPAnswer struct {
	Serial     string    `json:"serial"`
	Status     string    `json:"status"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update,omitzero"`
}

// InspectionJSON writes the report with what was found.
func InspectionJSON(w io.Writer, in *Inspection) error {
	out := Inspection{Report: withoutNull(in.Report), Items: list(in.Items), Further: list(in.Further)}
	for i, r := range out.Further {
		out.Further[i] = withoutNull(r)
	}
	return JSONValue(w, out)
}

// InspectionText writes for people what was found, file by file, then each
// chain as a tree, then what is wrong.
func InspectionText(w io.Writer, in *Inspection, o Options) error {
	p := newPage(o)
	path, entry := "", ""
	for i, item := range in.Items {
		if i == 0 || item.Path != path || item.Entry != entry {
			path, entry = item.Path, item.Entry
			p.blank()
			p.line(p.paint(strong, p.safe(heading(path, entry))))
		}
		p.item(in, i)
	}
	reports := append([]*diagnose.Report{in.Report}, in.Further...)
	for _, r := range reports {
		p.trees(r)
	}
	p.verdicts(reports, in.whole(), len(in.Items) > 0)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// heading names a file, or what is within it. What is piped in has no name.
func heading(path, entry string) string {
	switch {
	case path == "-" && entry == "":
		return "standard input"
	case path == "-":
		return entry
	}
	return strings.TrimSpace(path + "  " + entry)
}

func (p *page) item(in *Inspection, i int) {
	item := in.Items[i]
	head := item.Kind
	if item.Form != "" && item.Form != "PEM" {
		head += " (" + item.Form + ")"
	}
	switch {
	case item.Certificate != nil && (item.Reason == "" || item.Certificate.Subject != ""):
		p.itemHead(head, spacedName(item.Certificate.Name()))
		p.detail("alias", item.Alias)
		p.certificateLines(in.Report.Time, item.Certificate)
	case item.Request != nil:
		p.itemHead(head, spacedName(item.Request.Subject))
		p.detail("names", strings.Join(item.Request.Names, ", "))
		p.detail("key", item.Key+", signed with "+item.Request.Signature)
	case item.List != nil:
		p.itemHead(head, "of "+spacedName(item.List.Issuer))
		p.detail("valid", "from "+stamp(item.List.ThisUpdate)+untilWords(item.List.NextUpdate, in.Report.Time))
		p.detail("revoked", fmt.Sprint(item.List.Revoked))
		p.detail("signed", "with "+item.List.Signature)
	case item.OCSP != nil:
		p.ocsp(head, item.OCSP, in.Report.Time)
	default:
		p.closed(head, item)
	}
	p.detail("fault", item.Reason)
	if c := item.Certificate; c != nil {
		p.detail("odd", strings.Join(c.Departures, "; "))
	}
	p.detail("note", item.Remark)
	if item.Kind == "private key" && item.SPKISHA256 != "" || item.Kind == "certificate request" {
		p.detail("fits", fitWords(in, i))
	}
}

// closed is a key, a store, or a thing of which little is known.
func (p *page) closed(head string, item Item) {
	words := []string{}
	if item.Key != "" {
		words = append(words, item.Key)
	}
	if item.Encrypted {
		words = append(words, "encrypted")
		if item.Key == "" && item.Reason == "" && item.Remark == "" {
			words = append(words, "not opened: no passphrase was given (--pass-file FILE)")
		}
	}
	p.itemHead(head, strings.Join(words, ", "))
	p.detail("alias", item.Alias)
}

func (p *page) ocsp(head string, r *OCSP, now time.Time) {
	text := r.Status
	if !r.ProducedAt.IsZero() {
		text += ", of " + stamp(r.ProducedAt)
	}
	p.itemHead(head, text)
	for _, a := range r.Answers {
		p.detail("serial", a.Serial)
		p.detail("status", a.Status)
		p.detail("valid", "from "+stamp(a.ThisUpdate)+untilWords(a.NextUpdate, now))
	}
}

func (p *page) itemHead(head, text string) {
	p.line("  " + p.paint(strong, p.safe(strings.TrimSpace(head+"  "+text))))
}

func (p *page) detail(label, text string) {
	if text == "" {
		return
	}
	const wide = 13
	for _, l := range Wrap(p.safe(text), p.o.width()-wide-5) {
		p.line("    " + p.label(label, wide) + l)
		label = ""
	}
}

func (p *page) certificateLines(now time.Time, c *diagnose.Certificate) {
	if c.Subject != c.Issuer {
		p.detail("issuer", spacedName(c.Issuer))
	} else {
		p.detail("issuer", "itself")
	}
	names := append(append(append(append([]string{}, c.DNSNames...), c.IPAddresses...), c.URIs...), c.Emails...)
	p.detail("names", strings.Join(names, ", "))
	if c.ParseError == "" || !c.NotBefore.IsZero() && !c.NotAfter.IsZero() {
		p.detail("valid", stamp(c.NotBefore)+" to "+stamp(c.NotAfter)+", "+daysLeft(c, now))
	}
	usage := strings.Join(c.KeyUsage, ", ")
	if len(c.ExtKeyUsage) > 0 {
		usage = strings.TrimPrefix(usage+"; "+strings.Join(c.ExtKeyUsage, ", "), "; ")
	}
	if c.IsCA {
		usage = strings.TrimSuffix("a CA; "+usage, "; ")
	}
	p.detail("usage", usage)
	p.detail("key", strings.TrimSuffix(c.Key+", signed with "+c.Signature, ", signed with "))
	p.detail("serial", c.Serial)
	p.detail("sha256", c.SHA256)
	p.detail("pin", c.SPKISHA256)
}

func untilWords(t, now time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case now.After(t):
		return " to " + stamp(t) + ", out of date"
	}
	return " to " + stamp(t)
}

// fitWords names what has the same key.
func fitWords(in *Inspection, i int) string {
	var names []string
	for _, k := range in.Items[i].Fits {
		other := in.Items[k]
		switch {
		case other.Certificate != nil:
			names = append(names, shortName(other.Certificate)+" in "+other.place())
		case other.Request != nil:
			names = append(names, "the request in "+other.place())
		case other.Kind == "private key":
			names = append(names, "the private key in "+other.place())
		}
	}
	if len(names) == 0 {
		return "none of the certificates here"
	}
	return strings.Join(names, "; ")
}

// place is where the item stands: in a Secret its name, for a file may hold
// many, and what is piped in has none.
func (i Item) place() string {
	path := i.Path
	if path == "-" {
		path = "the standard input"
	}
	switch {
	case i.Entry == "":
		return path
	case i.Path == "-":
		return i.Entry
	}
	return i.Entry + " of " + path
}

// trees draws the chain of a report, where it is more than one certificate.
func (p *page) trees(r *diagnose.Report) {
	for _, side := range []diagnose.Side{diagnose.ServerSide, diagnose.ClientSide} {
		if v := r.Chain(side); v != nil && len(v.Links) > 1 {
			p.blank()
			p.tree(r, side, v.Links)
		}
	}
}

// whole reports whether all that is there was read, and nothing stayed closed.
func (in *Inspection) whole() bool {
	for _, item := range in.Items {
		if item.Reason != "" || item.Kind == "key store" || item.Encrypted && item.SPKISHA256 == "" {
			return false
		}
	}
	return len(in.Items) > 0
}

// verdicts writes the findings of all reports, the errors first.
func (p *page) verdicts(reports []*diagnose.Report, whole, closed bool) {
	said := map[string]bool{}
	clean := true
	for _, severity := range []diagnose.Severity{diagnose.Error, diagnose.Warning, diagnose.Note} {
		for _, r := range reports {
			for _, f := range r.Findings {
				key := string(f.Code) + f.Title
				if f.Severity != severity || said[key] {
					continue
				}
				said[key] = true
				p.blank()
				switch severity {
				case diagnose.Error:
					p.headline(bad, p.g.bad, f.Title, string(f.Code))
					p.labelled("why", f.Explanation)
				case diagnose.Warning:
					p.headline(caution, p.g.warn, "Warning: "+f.Title, string(f.Code))
				default:
					p.headline(plain, p.g.note, f.Title, string(f.Code))
				}
				clean = clean && severity == diagnose.Note
				p.proof(r, f, false)
				p.advice("fix", f.Fix)
			}
		}
	}
	if clean && !whole && closed {
		p.blank()
		p.headline(plain, p.g.note, "Nothing is wrong with what could be read. What stays closed was not looked at.", "")
	}
	if clean && whole {
		p.blank()
		p.headline(good, p.g.ok, "Nothing is wrong with what is here.", "")
	}
}
