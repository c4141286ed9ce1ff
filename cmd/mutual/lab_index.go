package main

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
)

// labSchema is the version of the index's layout as JSON.
const labSchema = "mutual.lab/1"

// labPage is the lab's index: text, JSON, and a page for browsers.
type labPage struct {
	Schema string    `json:"schema"`
	Index  string    `json:"index"`
	Cases  []labCase `json:"cases"`
}

// labCase is one case as the index shows it.
type labCase struct {
	Name    string          `json:"name"`
	Story   string          `json:"story"`
	Address string          `json:"address"`
	Files   string          `json:"files"`
	Codes   []diagnose.Code `json:"codes"`
	Mutual  labCommandLine  `json:"mutual"`
	Curl    labCommandLine  `json:"curl"`
	OpenSSL labCommandLine  `json:"openssl"`
}

// labCommandLine is a command that shows a case, and how it fares.
type labCommandLine struct {
	Command string `json:"command"`
	// Fares is "works" or "fails".
	Fares string `json:"fares"`
}

func labIndex(address string, benches []*bench) *labPage {
	page := &labPage{Schema: labSchema, Index: address, Cases: []labCase{}}
	for _, b := range benches {
		port := b.server.Port
		page.Cases = append(page.Cases, labCase{
			Name: b.Name, Story: b.Story, Address: b.server.Address(), Files: b.dir, Codes: b.Want,
			Mutual:  labCommandLine{b.world.Mutual(b.dir, port).String(), b.Fares("mutual")},
			Curl:    labCommandLine{b.world.Curl(b.dir, port).String(), b.Fares("curl")},
			OpenSSL: labCommandLine{b.world.OpenSSL(b.dir, port).String(), b.Fares("openssl")},
		})
	}
	return page
}

func (p *labPage) json(w io.Writer) error { return render.JSONValue(w, p) }

func (p *labPage) text(w io.Writer) error {
	var b strings.Builder
	servers := fmt.Sprintf("%d broken servers run", len(p.Cases))
	if len(p.Cases) == 1 {
		servers = "1 broken server runs"
	}
	fmt.Fprintf(&b, "%s on 127.0.0.1 until you interrupt (Ctrl-C).\nThe same as a page: %s   as JSON: %sindex.json\n", servers, p.Index, p.Index)
	for _, c := range p.Cases {
		fmt.Fprintf(&b, "\n%s   %s\n  %s\n", c.Name, c.Address, c.Story)
		fmt.Fprintf(&b, "  mutual says %s\n    %s\n", strings.Join(codeTexts(c.Codes), ", "), c.Mutual.Command)
		fmt.Fprintf(&b, "  curl %s\n    %s\n", c.Curl.Fares, c.Curl.Command)
		fmt.Fprintf(&b, "  openssl %s\n    %s\n", c.OpenSSL.Fares, c.OpenSSL.Command)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func codeTexts(codes []diagnose.Code) []string {
	var out []string
	for _, c := range codes {
		out = append(out, string(c))
	}
	return out
}

// ServeHTTP answers / with the page, and /index.json.
func (p *labPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		labTemplate().Execute(w, p)
	case "/index.json":
		w.Header().Set("Content-Type", "application/json")
		p.json(w)
	default:
		http.NotFound(w, r)
	}
}

func labTemplate() *template.Template {
	return template.Must(template.New("lab").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mutual lab</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
h2 { font-size: 1.1em; margin: 2em 0 0 }
pre { overflow-x: auto; background: #8881; padding: .5em; margin: .2em 0 .6em }
:root { color-scheme: light dark }
</style>
<h1>mutual lab</h1>
<p>Each of these {{len .Cases}} servers is broken in one way. The keys and certificates are made from a public seed: use them for nothing else.
The same <a href="/index.json">as JSON</a>.</p>
<ol>{{range .Cases}}<li><a href="#{{.Name}}">{{.Name}}</a></li>{{end}}</ol>
{{range .Cases}}
<h2 id="{{.Name}}">{{.Name}} <small>{{.Address}}</small></h2>
<p>{{.Story}} Its files: <code>{{.Files}}</code></p>
<p>mutual says {{range $i, $c := .Codes}}{{if $i}}, {{end}}<strong>{{$c}}</strong>{{end}}</p><pre>{{.Mutual.Command}}</pre>
<p>curl {{.Curl.Fares}}</p><pre>{{.Curl.Command}}</pre>
<p>openssl {{.OpenSSL.Fares}}</p><pre>{{.OpenSSL.Command}}</pre>
{{end}}
</html>
`))
}
