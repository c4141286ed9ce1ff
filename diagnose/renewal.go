package diagnose

import "strings"

// renewal is how the certificate of the side is issued anew: by mutual where it
// is one of a folder that holds mutual's CA, and the CA issued it; else by
// whoever issued it. mutual issue --force keeps subject, names and usage, and
// the old files under a number.
func (x *filler) renewal(flags string) Steps {
	party := x.side
	if party != ServerSide && party != ClientSide {
		party = ServerSide
	}
	issue := "mutual issue " + string(party) + " "
	if flags != "" {
		flags = " " + x.command(flags)
	}
	if x.f == nil {
		return Steps{Say("Have it issued anew by the CA that issued it. With a CA that mutual made, which keeps names, subject and the old files:"),
			Run(issue + "<name> --dir <folder-of-the-ca>" + flags + " --force")}
	}
	path, leaf := x.f.ownFile(party)
	dir, name, ok := mutualName(path)
	folder, _ := x.f.folder(dir)
	switch ca := x.f.caOf(folder); {
	case ok && folder.Issues() && (leaf == nil || leaf.X509() == nil || ca == nil || isIssuer(ca, leaf)):
		return Steps{Say("Issue it anew. The old files stay as " + name + "-crt.pem.1 and " + name + "-key.pem.1:"),
			Run(issue + ShellFile(name) + " --dir " + ShellFile(dir) + flags + " --force")}
	case party == ServerSide && path == "" && x.values["host"] != "" && leaf != nil:
		for _, d := range x.f.Beside {
			ca := x.f.caOf(d)
			if ca == nil || !d.Issues() || !isIssuer(ca, leaf) || d.Has(x.values["host"]+"-crt.pem") {
				continue
			}
			return Steps{Say("Issue it anew, and put " + d.Path(x.values["host"]+"-crt.pem") + " and its key into the server:"),
				Run(issue + ShellWord(x.values["host"]) + " --dir " + ShellFile(d.Dir) + flags)}
		}
	}
	by := "whoever issued it"
	if leaf != nil && leaf.Issuer != "" && !leaf.SelfIssued() {
		by = leaf.Issuer
	}
	out := Steps{Say("Have it issued anew by " + by + ", and give the " + string(party) + " the new files.")}
	if ok {
		out = append(out, Say("If mutual made that CA, in its folder:"), Run(issue+ShellFile(name)+" --dir <folder-of-the-ca>"+flags+" --force"))
	}
	return out
}

// ownFile is the leaf of the side, and the file that it was seen in, if any.
func (f *Facts) ownFile(side Side) (path string, leaf *Certificate) {
	if v := f.Chain(side); v != nil && len(v.Path) > 0 {
		leaf = v.Path[0]
	}
	own := side == ClientSide && f.View == SeenByClient || side == ServerSide && f.View == SeenByServer || f.View == SeenInFiles
	switch {
	case own && len(f.Identity) > 0:
		if leaf == nil {
			leaf = f.Identity[0]
		}
		path = f.Identity[0].File
	case side == ServerSide && leaf != nil && len(f.ServerFile) > 0 && f.ServerFile[0].SHA256 == leaf.SHA256:
		path = f.ServerFile[0].File
	}
	return f.there(path), leaf
}

// mutualName takes the path of a certificate apart that is named as mutual
// names it: DIR/NAME-crt.pem.
func mutualName(path string) (dir, name string, ok bool) {
	name, ok = strings.CutSuffix(path[strings.LastIndexAny(path, `/\`)+1:], "-crt.pem")
	return folderOf(path), name, ok && name != "" && name != "ca"
}

// caOf is the CA's certificate of a folder of mutual's, or nil.
func (f *Facts) caOf(d Folder) *Certificate {
	pool := f.Known
	if f.Trust != nil {
		pool = append(pool[:len(pool):len(pool)], f.Trust.Anchors...)
	}
	if f.ClientTrust != nil {
		pool = append(pool[:len(pool):len(pool)], f.ClientTrust.Anchors...)
	}
	for _, c := range pool {
		if folderOf(c.File) == d.Dir && strings.HasSuffix(c.File, "ca-crt.pem") && c.File != "" {
			return c
		}
	}
	return nil
}
