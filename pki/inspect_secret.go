package pki

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mutual/diagnose/cause"
)

// Limits of one file: its YAML documents, and the values in them.
const (
	maxDocuments = 1000
	maxValues    = 100_000
)

// mayBeDocument tells text that is worth parsing as YAML or JSON: a manifest of
// Kubernetes, an object, or PEM that is indented or follows a name.
var mayBeDocument = regexp.MustCompile(`(?m)^\s*"?kind"?\s*:|^\s*[{\[]|^[ \t]+-----BEGIN |:\s*"?-----BEGIN |^\s*"?[\w-]+"?\s*:\s*"?LS0tLS1CRUdJT`)

// documents reads certificates and keys out of YAML and JSON: Secrets and
// ConfigMaps, kubeconfigs, webhooks, and any other document that holds PEM. It
// reports whether data is one.
func (in *inspector) documents(data []byte) bool {
	text := data
	if plain, ok := decodeUTF16(data); ok {
		text = []byte(plain)
	}
	if in.entry != "" || !mayBeDocument.Match(text) {
		return false
	}
	w := walker{in: in}
	docs := yaml.NewDecoder(bytes.NewReader(text))
	for n := 1; ; n++ {
		var doc any
		err := docs.Decode(&doc)
		if w.found && (n > maxDocuments || err != nil && !errors.Is(err, io.EOF)) {
			w.lost(fmt.Sprintf("document %d", n), "what cannot be read as YAML, and so was not looked at", "YAML")
		}
		if err != nil || n > maxDocuments {
			return w.found // the end, or no document after all
		}
		w.document(doc)
	}
}

// walker looks through one document.
type walker struct {
	in    *inspector
	found bool // a manifest that holds certificates by its kind, or a value with one
	seen  int
}

func (w *walker) document(doc any) {
	m, ok := doc.(map[string]any)
	if !ok {
		if list, ok := doc.([]any); ok {
			w.values("", list)
		}
		return
	}
	name := manifestName(m)
	switch m["kind"] {
	case "Secret":
		w.secret(name, m)
	case "ConfigMap":
		w.found = true
		w.plain(name, m["data"])
		w.encoded(name, m["binaryData"], func(string) bool { return false })
	case "Config":
		w.kubeconfig(m)
	default:
		if items, ok := m["items"].([]any); ok && strings.HasSuffix(fmt.Sprint(m["kind"]), "List") {
			for _, item := range items[:min(len(items), maxDocuments)] {
				w.document(item)
			}
			return
		}
		w.values(name, m)
	}
}

// manifestName is namespace/name of a manifest.
func manifestName(m map[string]any) string {
	meta, _ := m["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	space, _ := meta["namespace"].(string)
	return strings.TrimPrefix(space+"/"+name, "/")
}

// certificateField tells the fields of a Secret that hold certificates or keys
// by their names.
var certificateField = regexp.MustCompile(`(?i)\.(crt|cer|cert|pem|key|p12|pfx|jks|der|ca|crl)$`)

func (w *walker) secret(name string, m map[string]any) {
	w.found = true
	data, _ := m["data"].(map[string]any)
	plain, _ := m["stringData"].(map[string]any)
	w.encoded(name, data, certificateField.MatchString)
	w.plain(name, plain)
	if m["type"] != "kubernetes.io/tls" {
		return
	}
	for _, field := range []string{"tls.crt", "tls.key"} {
		if data[field] == nil && plain[field] == nil {
			w.wrong(name+" "+field, "nothing: a Secret of the type kubernetes.io/tls lacks it", "PEM in base64")
		}
	}
}

// plain reads values that stand as they are.
func (w *walker) plain(name string, values any) {
	m, _ := values.(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(m)) {
		if value, ok := m[field].(string); ok && looksWhole([]byte(value)) {
			w.read(strings.TrimSpace(name+" "+field), []byte(value))
		}
	}
}

// encoded reads values that are base64. Where must says so, a value has to be a
// certificate or a key.
func (w *walker) encoded(name string, values any, must func(field string) bool) {
	m, _ := values.(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(m)) {
		value, ok := m[field].(string)
		if !ok {
			continue
		}
		w.base64(strings.TrimSpace(name+" "+field), value, must(field), field == "tls.crt" || field == "tls.key")
	}
}

// base64 reads one value that has to be base64, and is to be PEM inside where
// onlyPEM says so.
func (w *walker) base64(entry, value string, must, onlyPEM bool) {
	const want = "base64 of PEM"
	if looksWhole([]byte(value)) && strings.Contains(value, pemBegin) {
		w.wrong(entry, "PEM text as it is, without base64 around it", want)
		w.read(entry, []byte(value))
		return
	}
	data, ok := decodeBase64(value)
	kind, _ := sniffBinary(data)
	switch {
	case strings.TrimSpace(value) == "" && must && onlyPEM:
		w.wrong(entry, "nothing", want)
	case !ok && must:
		w.lost(entry, "text that is no base64", want)
	case !ok:
	case kind != derUnknown:
		if onlyPEM {
			w.wrong(entry, string(kind)+" in DER form", want)
		}
		w.read(entry, data)
	case bytes.Contains(data, []byte(pemBegin)):
		w.read(entry, data)
	default:
		if again, ok := decodeBase64(string(data)); ok && looksWhole(again) {
			w.wrong(entry, "base64 of base64: it was encoded twice", want)
			w.read(entry, again)
		} else if must {
			w.lost(entry, "base64 of something that is neither PEM nor DER", want)
		}
	}
}

// kubeconfig reads the certificates and keys that stand in a kubeconfig
// itself; files that it names are not read.
func (w *walker) kubeconfig(m map[string]any) {
	w.found = true
	for _, list := range []struct{ list, inner, word string }{{"clusters", "cluster", "cluster"}, {"users", "user", "user"}} {
		entries, _ := m[list.list].([]any)
		for _, e := range entries[:min(len(entries), maxDocuments)] {
			entry, _ := e.(map[string]any)
			inner, _ := entry[list.inner].(map[string]any)
			for _, field := range []string{"certificate-authority-data", "client-certificate-data", "client-key-data"} {
				if value, ok := inner[field].(string); ok {
					w.base64(fmt.Sprintf("%s %v %s", list.word, entry["name"], field), value, true, true)
				}
			}
		}
	}
}

// values looks for PEM, and for caBundle, anywhere in a document.
func (w *walker) values(path string, v any) {
	if w.seen++; w.seen > maxValues {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if text, ok := v[key].(string); ok && key == "caBundle" {
				if strings.TrimSpace(text) != "" {
					w.found = true
					w.base64(strings.TrimSpace(path+" caBundle"), text, true, true)
				}
				continue
			}
			w.values(strings.TrimSpace(path+" "+key), v[key])
		}
	case []any:
		for i, e := range v {
			name := fmt.Sprintf("%s[%d]", path, i)
			if m, ok := e.(map[string]any); ok {
				if n, ok := m["name"].(string); ok {
					name = strings.TrimSpace(path + " " + n)
				}
			}
			w.values(name, e)
		}
	case string:
		if strings.Contains(v, pemBegin) {
			w.found = true
			w.read(path, []byte(v))
		} else if data, ok := decodeBase64(v); ok && len(v) > 100 && bytes.Contains(data, []byte(pemBegin)) {
			w.found = true
			w.read(path, data)
		}
	}
}

// read reads what one value holds.
func (w *walker) read(entry string, value []byte) {
	before := w.in.entry
	w.in.entry = entry
	w.in.data(value)
	w.in.entry = before
}

// wrong is a value that its reader will refuse.
func (w *walker) wrong(entry, found, want string) {
	w.in.problem(Problem{Code: cause.KubernetesDataWrong, Found: entry + ": " + found, Want: want})
}

// lost is a value of which nothing could be had.
func (w *walker) lost(entry, found, want string) {
	w.wrong(entry, found, want)
	w.in.Problems[len(w.in.Problems)-1].Fatal = true
}

// openToOthers notes a mode that lets other users read a private key.
func openToOthers(path string, mode fs.FileMode) []Problem {
	if mode.Perm()&0o077 == 0 || runtime.GOOS == "windows" {
		return nil
	}
	return []Problem{{Code: cause.FilePermissionsTooOpen, Path: path, Role: RoleKey, Found: "mode " + mode.Perm().String(), Want: "mode -rw-------"}}
}
