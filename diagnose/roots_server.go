package diagnose

import (
	"slices"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// sourceCustomCA is Google's page on certificates that are uploaded with a
// webhook of Dialogflow CX, read on 2026-11-28.
const sourceCustomCA = "https://docs.cloud.google.com/dialogflow/cx/docs/concept/custom-ca"

// publicBasis says by what a server is judged where nothing was uploaded.
const publicBasis = "a call of your agent: Google publishes no list of the CAs that it trusts, and mutual goes by " +
	"Mozilla's and Google's own"

// findServerNotPublic looks at a server's chain that Google's callers do not
// follow to a CA of theirs.
func findServerNotPublic(x *Examination) []Match {
	if x.Roots == nil || len(x.Roots.ServerFor) == 0 || x.Chain(ServerSide) == nil {
		return nil
	}
	faults := x.Chain(ServerSide).Faults
	i := slices.IndexFunc(faults, func(f chain.Fault) bool {
		return f.Code == cause.ServerCAUntrusted || f.Code == cause.ServerCertSelfSigned
	})
	if i < 0 {
		return nil
	}
	path := x.Chain(ServerSide).Path
	if x.endsBelowPublicCA() {
		return nil
	}
	m := Match{Depth: faults[i].Depth, Evidence: faults[i].Evidence, Settle: publicBasis,
		Vars: map[string]string{"ca": path[len(path)-1].Issuer}}
	if x.Roots.Uploaded {
		m.Basis = Proven
		m.Title = "Dialogflow CX does not accept this server: what was uploaded with the webhook does not hold " +
			"its CA, {ca}."
		m.Fix = Steps{Say("Upload the CA that issued the server's certificate, beside the others for as long as " +
			"both are in use. With mutual's own CA, in its folder:"), exportForCX}
	} else if !slices.Contains(x.Roots.ServerFor, DialogflowES) {
		m.Title = "Dialogflow CX accepts this server only with its CA uploaded: {ca} is no public CA."
		m.Fix = Steps{Say("Upload your own CA with the webhook. With mutual's own CA, in its folder:"), exportForCX,
			Say("Or get a certificate for the webhook's name from a public CA, and serve it with its whole chain.")}
	} else if !slices.Contains(x.Roots.ServerFor, DialogflowCX) {
		m.Title = "Dialogflow ES will not accept this server: its CA, {ca}, is no public one."
		m.Fix = Steps{Say("Get a certificate for the webhook's name from a public CA, by ACME for example, and " +
			"serve it with its whole chain. The API of ES has no field for a CA of your own.")}
	}
	return []Match{m}
}

// findPublicCutShort looks at a server's chain that ends at a certificate that
// says itself that a public CA made it, while its issuer is not there.
func findPublicCutShort(x *Examination) []Match {
	if x.Roots == nil || len(x.Roots.ServerFor) == 0 || !x.endsBelowPublicCA() {
		return nil
	}
	chain := x.Chain(ServerSide).Path
	top := chain[len(chain)-1]
	return []Match{{Depth: len(chain), Candidates: []Code{cause.ServerCertNotPublic}, Settle: publicBasis,
		Vars: map[string]string{"intermediate": top.Issuer, "subject": top.Name(), "file": serverFile(x.Facts)},
		Evidence: []Evidence{{path("identity", len(chain)-1, "issuer"), top.Issuer, "in the file, after " + top.Name()},
			{path("identity", 0, "subject"), x.Identity[0].Subject, "policy " + publicPolicy(x.Identity[0].X509()) + ", that of public web server certificates"}}}}
}

// endsBelowPublicCA reports whether the server's chain lacks the issuer of its
// last certificate, and a public CA has made the leaf, by its own words.
func (x *Examination) endsBelowPublicCA() bool {
	v := x.Chain(ServerSide)
	if v == nil || !v.Has(cause.ServerCAUntrusted) || x.Roots.Uploaded || len(v.Path) == 0 || len(v.Path) > len(x.Identity) {
		return false
	}
	leaf, top := v.Path[0].X509(), v.Path[len(v.Path)-1]
	return leaf != nil && publicPolicy(leaf) != "" && !top.SelfIssued()
}

// findUploadNotRoot looks at what is uploaded with a webhook.
func findUploadNotRoot(x *Examination) []Match {
	if x.Roots == nil || !x.Roots.Uploaded || x.Trust == nil {
		return nil
	}
	m := Match{Settle: "a call of your agent"}
	var names []string
	for i, c := range x.Trust.Anchors {
		if c.X509() != nil && !c.SelfIssued() {
			names = append(names, c.Name())
			m.Evidence = append(m.Evidence, Evidence{path("trust.anchors", i, "issuer"), c.Issuer, c.Subject})
		}
	}
	m.Vars = map[string]string{"names": listed(names)}
	return []Match{m}
}

// exportForCX writes what is uploaded for Dialogflow CX.
var exportForCX = Run("mutual export client --for dialogflow-cx --dir {folder_of_ca|folder-of-the-ca}")

// serverFile is the server's certificate file where it is known.
func serverFile(f *Facts) string {
	for _, c := range f.Identity {
		if c.File != "" {
			return c.File
		}
	}
	return ""
}

// callerRefused says what a refusal of the server's certificate means where
// the callers are Google's; nil where they are not, or where the alert is not
// about trust. Of the three alerts a client chooses by its library: what it
// objected to shows none of them for certain.
func (f *Facts) callerRefused(alert int) Steps {
	if f.Roots == nil || !slices.Contains([]int{alertBadCertificate, alertCertificateUnknown, alertUnknownCA}, alert) {
		return nil
	}
	var fix Steps
	for _, product := range []Product{DialogflowES, DialogflowCX} {
		if !f.wants(product) {
			continue
		}
		switch product {
		case DialogflowES:
			fix = append(fix, Say("If it was Dialogflow ES: it takes a certificate of a public CA only, for the "+
				"name in the webhook's URL, with its whole chain:"),
				Run("mutual roots check --server-cert {file|chain-file} --host <webhook-host> --product es"))
		case DialogflowCX:
			fix = append(fix, Say("If it was Dialogflow CX: the same, or what was uploaded with the webhook, "+
				"which replaces the public CAs:"),
				Run("mutual roots check --server-cert {file|chain-file} --host <webhook-host> --product cx "+
					"--custom-ca <uploaded-ca>"))
		}
	}
	if fix != nil {
		fix = append(fix, Say("If it was another client, see from its machine what it objects "+
			"to:"), Run("mutual probe {host}:{port} --cacert <ca-certificate>"))
	}
	return fix
}

// wants reports whether the facts were gathered with this product in view.
func (f *Facts) wants(product Product) bool {
	return f.Roots != nil && slices.ContainsFunc(f.Roots.Profiles, func(p PinnedProfile) bool { return p.Product == product })
}
