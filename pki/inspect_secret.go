package pki

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mutual/diagnose/cause"
)

// secret is as much of a Kubernetes Secret, ConfigMap or List of them as holds
// certificates and keys.
type secret struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"metadata"`
	Data       map[string]string `yaml:"data"`
	StringData map[string]string `yaml:"stringData"`
	Items      []secret          `yaml:"items"`
}

// maxDocuments bounds the YAML documents of one file, and the items of a List.
const maxDocuments = 1000

// secrets reads Kubernetes manifests, and reports whether data is one.
func (in *inspector) secrets(data []byte) bool {
	if !bytes.Contains(data, []byte("kind:")) && !bytes.Contains(data, []byte(`"kind"`)) {
		return false
	}
	found := false
	docs := yaml.NewDecoder(bytes.NewReader(data))
	for range maxDocuments {
		var s secret
		if err := docs.Decode(&s); err != nil {
			break // the end, or no manifest after all
		}
		found = in.secret(s) || found
	}
	return found
}

func (in *inspector) secret(s secret) bool {
	found := false
	for _, item := range s.Items[:min(len(s.Items), maxDocuments)] {
		found = in.secret(item) || found
	}
	if s.Kind != "Secret" && s.Kind != "ConfigMap" {
		return found
	}
	name := strings.TrimPrefix(s.Metadata.Namespace+"/"+s.Metadata.Name, "/")
	for _, key := range slices.Sorted(maps.Keys(s.Data)) {
		value := []byte(s.Data[key])
		if s.Kind == "Secret" {
			decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s.Data[key]), ""))
			if err != nil {
				in.problem(Problem{Code: cause.PEMTruncated, Found: "no base64 in " + name + " " + key, Want: "base64, as data of a Secret is written"})
				continue
			}
			value = decoded
		}
		in.value(name+" "+key, value)
	}
	for _, key := range slices.Sorted(maps.Keys(s.StringData)) {
		in.value(name+" "+key, []byte(s.StringData[key]))
	}
	return true
}

// value looks into one value of a Secret, most of which hold something else.
func (in *inspector) value(entry string, value []byte) {
	kind, _ := sniffBinary(value)
	if kind != derUnknown || bytes.Contains(value, []byte(pemBegin)) {
		in.data(entry, value)
	}
}

// bareBase64 decodes text that is base64 of something known as a whole.
func bareBase64(data []byte) ([]byte, bool) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	if err != nil {
		return nil, false
	}
	kind, _ := sniffBinary(der)
	return der, kind != derUnknown
}

// openToOthers notes a mode that lets other users read a private key.
func openToOthers(path string, mode fs.FileMode) []Problem {
	if mode.Perm()&0o077 == 0 || runtime.GOOS == "windows" {
		return nil
	}
	return []Problem{{Code: cause.FilePermissionsTooOpen, Path: path, Role: RoleKey, Found: "mode " + mode.Perm().String(), Want: "mode -rw-------"}}
}
