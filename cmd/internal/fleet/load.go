package fleet

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
)

// maxSize bounds a file of expectations; one of 1000 targets has some 200 KiB.
const maxSize = 4 << 20

// Options are what Load needs of the world.
type Options struct {
	Getenv func(name string) (string, bool)
	// ParseTarget reads host, host:port or a URL.
	ParseTarget func(target string) (host string, port int, path string, err error)
	// Nearest is the one of a list that somebody may have meant, or "".
	Nearest func(name string, list []string) string
}

// The keys of the file.
var (
	fileKeys     = []string{"version", "defaults", "identities", "targets"}
	identityKeys = []string{"cert", "key", "pass_env", "pass_file"}
	clientKeys   = []string{"identity", "code"}
	defaultKeys  = []string{"servername", "connect_to", "proxy", "starttls", "protocol", "alpn", "trust", "client_ca", "crl", "timeout",
		"accept", "refuse", "tls_min", "days_left", "pins"}
	targetKeys = append([]string{"name", "target"}, defaultKeys...)
)

// Load reads a file of expectations. All that is wrong with it is in the
// *FileError; file names in it count from its folder. Secrets cannot stand in
// it: a key, a passphrase or a URL with a password is a fault.
func Load(path string, data []byte, opts Options) (*File, error) {
	bad := func(faults ...Fault) (*File, error) { return nil, &FileError{path, faults} }
	if len(data) > maxSize {
		return bad(Fault{Found: "the file is too large", Want: fmt.Sprintf("at most %d MiB", maxSize>>20)})
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return bad(Fault{Place{1, 1}, "the file is empty", "targets: and a list of them"})
	case err != nil:
		return bad(syntaxFault(err))
	}
	var more yaml.Node
	switch err := dec.Decode(&more); {
	case err == nil:
		return bad(Fault{placeOf(&more), "a second document", "one document in a file"})
	case !errors.Is(err, io.EOF):
		return bad(syntaxFault(err))
	}
	l := &loader{reader: reader{getenv: opts.Getenv, nearest: opts.Nearest}, opts: opts, dir: filepath.Dir(path),
		identities: map[string]Identity{"none": {Name: "none"}, "self-signed": {Name: "self-signed", SelfSigned: true}}}
	f := &File{Path: path, Targets: l.file(doc.Content[0])}
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
		return bad(l.faults...)
	}
	return f, nil
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxFault(err error) Fault {
	text := err.Error()
	f := Fault{Want: "YAML"}
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			f.Place = Place{n, 1}
		}
		text = text[len(m[0]):]
	}
	f.Found = text
	return f
}

type loader struct {
	reader
	opts       Options
	dir        string
	identities map[string]Identity
	names      map[string]int // of targets, and their lines
}

func (l *loader) file(n *yaml.Node) []Target {
	top := l.mapping(n, "the file", fileKeys...)
	if top == nil {
		return nil
	}
	if e, ok := top["version"]; ok && real(e.value).Value != "1" {
		l.fault(e.value, "1", "version is %q", real(e.value).Value)
	}
	if e, ok := top["identities"]; ok {
		l.readIdentities(e.value)
	}
	var base Target
	if e, ok := top["defaults"]; ok {
		l.settings(l.mapping(e.value, "defaults", defaultKeys...), &base)
	}
	e, ok := top["targets"]
	if !ok {
		l.fault(n, "targets: and a list of them", "there are no targets")
		return nil
	}
	list := real(e.value)
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		l.fault(e.key, "a list, each item begun with -", "targets is %s", map[bool]string{true: "an empty list", false: kindOf(list)}[list.Kind == yaml.SequenceNode])
		return nil
	}
	l.names = map[string]int{}
	var targets []Target
	for _, item := range list.Content {
		targets = append(targets, l.target(item, base))
	}
	return targets
}

func (l *loader) readIdentities(n *yaml.Node) {
	n = real(n)
	if n.Kind != yaml.MappingNode {
		l.fault(n, "names, each with cert and key", "identities is %s", kindOf(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		if _, taken := l.identities[name]; taken {
			l.fault(key, "another name", "an identity %q is there already", name)
			continue
		}
		id := Identity{Name: name}
		fields := l.mapping(value, "the identity "+name, identityKeys...)
		l.identities[name] = id // known, even where it is faulty
		if fields == nil {
			continue
		}
		e, ok := fields["cert"]
		if !ok {
			l.fault(key, "cert: FILE", "the identity %q has no certificate", name)
			continue
		}
		id.Cert = l.path(e.value, "cert")
		if e, ok := fields["key"]; ok {
			id.Key = l.path(e.value, "key")
		}
		if e, ok := fields["pass_env"]; ok {
			id.PassEnv, _ = l.text(e.value, "pass_env")
			if id.PassEnv != "" && !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(id.PassEnv) {
				l.fault(e.value, "the name of a variable, not what it holds", "pass_env is no name")
			} else if _, set := l.getenv(id.PassEnv); id.PassEnv != "" && !set {
				l.fault(e.value, "a variable that is set", "pass_env names %s, which is not set", id.PassEnv)
			}
		}
		if e, ok := fields["pass_file"]; ok {
			id.PassFile = l.path(e.value, "pass_file")
		}
		l.identities[name] = id
	}
}

// path returns a file's name, counted from the folder of the expectations.
func (l *loader) path(n *yaml.Node, what string) string {
	s, ok := l.text(n, what)
	if !ok || filepath.IsAbs(s) {
		return s
	}
	return filepath.Join(l.dir, s)
}

func (l *loader) paths(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range l.list(n) {
		if s := l.path(item, what); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func (l *loader) target(n *yaml.Node, base Target) Target {
	t := base
	t.Place = placeOf(n)
	item := real(n)
	var fields map[string]entry
	if item.Kind == yaml.ScalarNode {
		fields = map[string]entry{"target": {item, item}}
	} else if fields = l.mapping(item, "a target", targetKeys...); fields == nil {
		return t
	}
	e, ok := fields["target"]
	if !ok {
		l.fault(item, "target: HOST:PORT", "a target without its address")
		return t
	}
	if t.Target, ok = l.text(e.value, "target"); ok {
		var err error
		if t.Host, t.Port, t.Path, err = l.opts.ParseTarget(t.Target); err != nil {
			l.fault(e.value, "host, host:port, [IPv6]:port or https://host:port/path", "%s", err)
		}
	}
	t.Name = t.Target
	if e, ok := fields["name"]; ok {
		if name, ok := l.text(e.value, "name"); ok {
			t.Name = name
		}
	}
	if line, taken := l.names[t.Name]; taken && t.Name != "" {
		l.fault(item, "name: and a name of its own", "the target %q stands already in line %d", t.Name, line)
	}
	l.names[t.Name] = item.Line
	l.settings(fields, &t)
	if len(t.Accept)+len(t.Refuse)+len(t.Pins) == 0 && t.TLSMin.ID == 0 && !t.DaysLeft.Set && len(l.faults) == 0 {
		l.fault(item, "accept, refuse, tls_min, days_left or pins", "nothing is expected of %s", t.Name)
	}
	return t
}

// settings reads what may stand in defaults and in a target.
func (l *loader) settings(fields map[string]entry, t *Target) {
	for name, into := range map[string]*string{"servername": &t.ServerName, "connect_to": &t.ConnectTo} {
		if e, ok := fields[name]; ok {
			*into, _ = l.text(e.value, name)
		}
	}
	if e, ok := fields["proxy"]; ok {
		t.Proxy = l.proxy(e.value)
	}
	if e, ok := fields["starttls"]; ok {
		t.StartTLS = l.oneOf(e.value, "starttls", starttls.Names())
	}
	if e, ok := fields["protocol"]; ok {
		t.Protocol = l.oneOf(e.value, "protocol", append(starttls.Spoken(), observe.NoProtocol))
	}
	if e, ok := fields["alpn"]; ok {
		t.ALPN = l.texts(e.value, "alpn")
	}
	if e, ok := fields["trust"]; ok {
		if t.Trust = l.paths(e.value, "trust"); real(e.value).Value == "system" {
			t.Trust = nil
		}
	}
	if e, ok := fields["client_ca"]; ok {
		t.ClientCA = l.path(e.value, "client_ca")
	}
	if e, ok := fields["crl"]; ok {
		t.CRL = l.paths(e.value, "crl")
	}
	if e, ok := fields["timeout"]; ok {
		if s, ok := l.text(e.value, "timeout"); ok {
			d, err := time.ParseDuration(s)
			if err != nil || d <= 0 {
				l.fault(e.value, "a time with its unit, such as 5s", "timeout is %q", s)
			}
			t.Timeout = d
		}
	}
	if e, ok := fields["accept"]; ok {
		t.Accept = l.clients(e.value, "accept")
	}
	if e, ok := fields["refuse"]; ok {
		t.Refuse = l.clients(e.value, "refuse")
	}
	if e, ok := fields["tls_min"]; ok {
		t.TLSMin = l.version(e.value)
	}
	if e, ok := fields["days_left"]; ok {
		n, good := l.number(e.value, "days_left", "21")
		t.DaysLeft = Days{placeOf(e.key), good, n}
	}
	if e, ok := fields["pins"]; ok {
		t.Pins = l.pins(e.value)
	}
}

// oneOf reads a name that must be one of a list.
func (l *loader) oneOf(n *yaml.Node, what string, known []string) string {
	s, ok := l.text(n, what)
	if ok && !contains(known, s) {
		l.fault(n, "one of "+strings.Join(known, ", "), "%s is %q", what, s)
	}
	return s
}

// proxy refuses a password that stands in the file; one that comes from the
// environment is no part of it.
func (l *loader) proxy(n *yaml.Node) string {
	s, ok := l.text(n, "proxy")
	if !ok || s == "none" {
		return s
	}
	if u, err := url.Parse(variable.ReplaceAllString(real(n).Value, "x")); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			l.fault(n, "proxy: ${PROXY_URL}, from the environment", "the proxy's URL holds a password")
			return s
		}
	}
	if _, err := observe.ParseProxy(s); err != nil {
		l.fault(n, "proxy: http://proxy.example:3128, or none", "%v", err)
	}
	return s
}

func (l *loader) version(n *yaml.Node) Version {
	ids := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	s, ok := l.text(n, "tls_min")
	id, known := ids[s]
	if ok && !known {
		l.fault(n, `one of "1.0", "1.1", "1.2", "1.3"`, "tls_min is %q", s)
	}
	return Version{placeOf(n), id, s}
}

// clients reads names of identities, each alone or with the code by which it
// must be refused. An empty list takes back what defaults says.
func (l *loader) clients(n *yaml.Node, what string) []Client {
	list := []Client{}
	for _, item := range l.list(n) {
		c := Client{Place: placeOf(item)}
		named := real(item)
		if named.Kind == yaml.MappingNode {
			fields := l.mapping(named, what, clientKeys...)
			e, ok := fields["identity"]
			if !ok {
				l.fault(named, "identity: NAME", "%s names no identity", what)
				continue
			}
			if code, ok := fields["code"]; ok {
				c.Code = l.code(code.value, what)
			}
			named = e.value
		}
		name, ok := l.text(named, what)
		if !ok {
			continue
		}
		if c.Identity, ok = l.identities[name]; !ok {
			l.fault(named, l.identityNames(name), "%s names the identity %q, which is not there", what, name)
			continue
		}
		list = append(list, c)
	}
	return list
}

func (l *loader) code(n *yaml.Node, what string) string {
	s, ok := l.text(n, "code")
	if !ok {
		return ""
	}
	if what == "accept" {
		l.fault(n, "code only below refuse", "code says by which cause a client is refused")
	}
	if _, known := diagnose.RuleFor(diagnose.Code(s)); !known {
		var codes []string
		for _, r := range diagnose.Rules() {
			codes = append(codes, string(r.Code))
		}
		want := "a code; mutual explain lists them"
		if near := l.nearest(s, codes); near != "" {
			want = near
		}
		l.fault(n, want, "the code %q is not known", s)
	}
	return s
}

func (l *loader) identityNames(name string) string {
	var names []string
	for known := range l.identities {
		names = append(names, known)
	}
	if near := l.nearest(name, names); near != "" {
		return near
	}
	return "one below identities, or none, or self-signed"
}

// pins reads SHA-256 hashes of public keys, as curl writes them
// (sha256//BASE64), or in base64 or hexadecimal alone.
func (l *loader) pins(n *yaml.Node) []Pin {
	list := []Pin{}
	for _, item := range l.list(n) {
		s, ok := l.text(item, "pins")
		if !ok {
			continue
		}
		p := Pin{Place: placeOf(item), Text: s}
		sum, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
		if err != nil {
			sum, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimPrefix(s, "sha256//"), "sha256/"))
		}
		if err != nil || len(sum) != len(p.SHA256) {
			l.fault(item, "the SHA-256 of a public key: sha256//BASE64, or 64 hexadecimal digits", "the pin is %q", short(s))
			continue
		}
		copy(p.SHA256[:], sum)
		list = append(list, p)
	}
	return list
}
