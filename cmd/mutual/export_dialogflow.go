package main

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/pki"
	"mutual/pki/roots"
)

// exportDialogflowCX makes what an agent of Dialogflow CX needs for mutual TLS
// with a CA of one's own on both sides: the CA for the webhook's
// allowed_ca_certs, and the client certificate for the agent's
// client_certificate_settings. The key stands in no file but its own.
// Sources, read on 2026-11-28: googleapis google/cloud/dialogflow/cx/v3
// agent.proto and webhook.proto, google/cloud/ces/v1/app.proto; Terraform's
// google_dialogflow_cx_agent and google_dialogflow_cx_webhook;
// https://docs.cloud.google.com/dialogflow/cx/docs/concept/custom-ca.
func exportDialogflowCX(c *cli.Context, in *exportInput) (*exported, error) {
	client := diagnose.Facts{Command: "export", Time: in.Now, View: diagnose.SeenInFiles, Purpose: diagnose.ClientSide,
		Identity: observe.Certificates(in.Pair.Chain), ClientTrust: in.Trust, Given: diagnose.Given{Cert: in.CertPath, Key: in.KeyPath, Dir: in.Dir}}
	if err := refuseUnsound(c, &client); err != nil {
		return nil, err
	}
	uploads := &diagnose.Trust{Source: "files", Files: in.Trust.Files}
	for _, ca := range in.Trust.Anchors {
		if x := ca.X509(); x != nil && ca.SelfIssued() && in.Now.Before(x.NotAfter) {
			uploads.Anchors = append(uploads.Anchors, ca)
		}
	}
	if uploads.Count = len(uploads.Anchors); uploads.Count == 0 {
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s holds no root that is valid, and Dialogflow CX takes a root or a self-signed certificate only", in.CA)}
	}
	host, err := judgeWebhook(c, in, uploads)
	if err != nil {
		return nil, err
	}
	d := dialogflowCX{in: in, host: host, secret: "projects/<project>/secrets/<secret>/versions/1"}
	if in.EncryptedKey {
		d.passphrase = "projects/<project>/secrets/<passphrase-secret>/versions/1"
	}
	for i, ca := range uploads.Anchors {
		name := "ca-crt.der"
		if i > 0 {
			name = fmt.Sprintf("ca-crt-%d.der", i+1)
		}
		d.cas = append(d.cas, pki.Out{Name: name, Data: ca.X509().Raw})
	}
	d.cert = pki.Out{Name: "agent-crt.pem"}
	for _, own := range in.Pair.Chain {
		d.cert.Data = append(d.cert.Data, pki.EncodeCerts(own.Cert)...)
	}
	return d.export()
}

// judgeWebhook judges the folder's server certificate as Dialogflow CX will
// once the CAs are uploaded, and returns the host of the webhook's URL.
func judgeWebhook(c *cli.Context, in *exportInput, uploads *diagnose.Trust) (string, error) {
	path := filepath.Join(in.Dir, "server-crt.pem")
	loaded := pki.Load(path, pki.RoleCert, nil)
	host := c.String("host")
	if host != "" && !isHostName(host) {
		return "", usage("for example: --host webhook.example", "--host is the host name in the webhook's URL, and %q is none", host)
	}
	if loaded.Err() != nil {
		talk(c, []string{"there is no sound " + path + " to check; do it where the server is:\n  mutual roots check --server-cert <fullchain.pem> --host <webhook-host> --custom-ca ca-crt.pem"})
		if host == "" {
			host = "<webhook-host>"
		}
		return host, nil
	}
	facts := diagnose.Facts{Command: "export", Time: in.Now, Identity: observe.Certificates(loaded.Certs), Given: diagnose.Given{Dir: in.Dir}}
	if host == "" {
		if host = webhookHost(facts.Identity); host == "" {
			return "", exitError{Code: diagnose.ExitServer, Err: fmt.Errorf("%s is for no host that Dialogflow could call", path),
				Hint: "name the host in the webhook's URL:\n  " + exportExample + " --host <webhook-host>\nor make a certificate for it, beside the others:\n  mutual issue server <webhook-host> --dir " + line.Quote(in.Dir)}
		}
	}
	facts.Target.ServerName = host
	roots.JudgeServer(&facts, []diagnose.Product{diagnose.DialogflowCX}, uploads)
	return host, refuseUnsound(c, &facts)
}

// webhookHost is the first name of a server's certificate under which others
// can reach it; "" where there is none.
func webhookHost(sent []*diagnose.Certificate) string {
	if len(sent) == 0 || sent[0].X509() == nil {
		return ""
	}
	for _, name := range sent[0].X509().DNSNames {
		if isHostName(name) && strings.Contains(name, ".") && !strings.HasSuffix(name, ".localhost") {
			return name
		}
	}
	return ""
}

// isHostName reports whether s is a DNS name as a URL has it: it goes into
// files and command lines as it is.
func isHostName(s string) bool {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
	}
	return s != "" && len(s) <= 253 && net.ParseIP(s) == nil && !strings.HasPrefix(s, "-") && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) })
}

// dialogflowCX is one export, ready to be written down.
type dialogflowCX struct {
	in                 *exportInput
	host               string
	secret, passphrase string // names of versions in Secret Manager
	cas                []pki.Out
	cert               pki.Out
}

func (d *dialogflowCX) export() (*exported, error) {
	agent := map[string]string{"sslCertificate": string(d.cert.Data), "privateKey": d.secret}
	if d.passphrase != "" {
		agent["passphrase"] = d.passphrase
	}
	var ders [][]byte
	for _, ca := range d.cas {
		ders = append(ders, ca.Data) // base64 in JSON
	}
	agentJSON, err := indented(map[string]any{"clientCertificateSettings": agent})
	if err != nil {
		return nil, err
	}
	webhookJSON, err := indented(map[string]any{"genericWebService": map[string]any{"uri": "https://" + d.host + "/", "allowedCaCerts": ders}})
	if err != nil {
		return nil, err
	}
	files := append([]pki.Out{}, d.cas...)
	files = append(files, d.cert, pki.Out{Name: "agent.json", Data: agentJSON}, pki.Out{Name: "webhook.json", Data: webhookJSON},
		pki.Out{Name: "dialogflow-cx.tf", Data: d.terraform()})
	return &exported{Files: files, Steps: d.steps(),
		Head: fmt.Sprintf("An agent of Dialogflow CX will present %s to https://%s/, and trust the server by your own CA. "+
			"Fill in what stands in <...>, here and in the files. None of them holds a key.", chain.CertificateOf(d.in.Pair.Leaf()).Name(), d.host)}, nil
}

// indented is JSON as people read it. It leaves <...> alone.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	err := render.JSONValue(&b, v)
	return b.Bytes(), err
}

func (d *dialogflowCX) steps() []exportStep {
	out := func(name string) string { return line.Quote(filepath.Join(d.in.Out, name)) }
	patch := func(file, resource, mask string) []string {
		return []string{
			`curl -fsS -X PATCH -H "Authorization: Bearer $(gcloud auth print-access-token)" \`,
			`  -H "x-goog-user-project: <project>" -H "Content-Type: application/json" \`,
			`  --data-binary @` + out(file) + ` \`,
			`  "https://<location>-dialogflow.googleapis.com/v3/projects/<project>/locations/<location>/agents/<agent>` + resource + `?updateMask=` + mask + `"`,
		}
	}
	secret := func(name, from string) []string {
		return []string{
			`gcloud secrets create ` + name + ` --project=<project> \`,
			`  --replication-policy=automatic --data-file=` + from,
			`gcloud secrets add-iam-policy-binding ` + name + ` --project=<project> \`,
			`  --role=roles/secretmanager.secretAccessor \`,
			`  --member=serviceAccount:service-<project-number>@gcp-sa-dialogflow.iam.gserviceaccount.com`,
		}
	}
	steps := []exportStep{{Say: "Make a Secret of the key, from its own file, and let Dialogflow's service agent read it:",
		Type: secret("<secret>", line.Quote(d.in.KeyPath))}}
	if d.passphrase != "" {
		steps = append(steps, exportStep{Say: "The key is encrypted: make a Secret of its passphrase, too. It is read from standard input, without a line's end:",
			Type: secret("<passphrase-secret>", "-")})
	}
	return append(steps,
		exportStep{Say: "Have the agent present the certificate. (For the location global the host is dialogflow.googleapis.com.)",
			Type: patch("agent.json", "", "clientCertificateSettings")},
		exportStep{Say: "Have the webhook's server verified by your CA. What is uploaded replaces the public CAs and what was uploaded before: " +
			"to rotate, put both CAs into allowedCaCerts.",
			Type: patch("webhook.json", "/webhooks/<webhook>", "genericWebService.allowedCaCerts")},
		exportStep{Say: "Or do these two with Terraform: take the blocks of " + filepath.Join(d.in.Out, "dialogflow-cx.tf") + " into your agent and webhook."},
		exportStep{Say: "On the server, let in this certificate alone. It tells whose agent calls:",
			Type: []string{"mutual serve --dir " + line.Quote(d.in.Dir) + " --listen :443 --client-ca " + line.Quote(d.in.CA) + " --allow-spki " + roots.SPKI(d.in.Pair.Leaf())}},
		exportStep{Say: "An app of CES takes the same certificate and Secret, as tls_certificate and private_key of its client_certificate_settings " +
			"(Terraform: google_ces_app), and the CA in the tls_config of its OpenAPI toolset."},
	)
}

// terraform are the blocks for an agent and a webhook that Terraform keeps.
// The key is named, and neither read nor stored in Terraform's state.
func (d *dialogflowCX) terraform() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Mutual TLS between an agent of Dialogflow CX and https://%[1]s/, by your own CA.
# Fill in what stands in <...>. The key is in Secret Manager, made there from its
# file: Terraform neither reads it nor keeps it in its state.

resource "google_dialogflow_cx_agent" "agent" {
  display_name          = "<agent-name>"
  location              = "<location>"
  default_language_code = "<language>"
  time_zone             = "<time-zone>"

  client_certificate_settings {
    ssl_certificate = file("${path.module}/%[2]s")
    private_key     = "%[3]s"
`, d.host, d.cert.Name, d.secret)
	if d.passphrase != "" {
		fmt.Fprintf(&b, "    passphrase      = %q\n", d.passphrase)
	}
	fmt.Fprintf(&b, `  }
}

resource "google_dialogflow_cx_webhook" "webhook" {
  parent       = google_dialogflow_cx_agent.agent.id
  display_name = "<webhook-name>"

  generic_web_service {
    uri = "https://%s/"
    # These replace the public CAs. Several may stand here, to rotate.
    allowed_ca_certs = [
`, d.host)
	for _, ca := range d.cas {
		fmt.Fprintf(&b, "      filebase64(\"${path.module}/%s\"),\n", ca.Name)
	}
	b.WriteString("    ]\n  }\n}\n")
	return b.Bytes()
}
