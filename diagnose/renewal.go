package diagnose

import (
	"cmp"
	"strconv"
	"strings"
)

// renewal is how the certificate of the side is issued anew: by mutual where it
// is one of a folder that holds mutual's CA, and the CA issued it; else by
// whoever issued it. mutual issue --force keeps subject, names and usage, and
// the old files under a number.
func (x *filler) renewal(flags string) Steps {
	if flags != "" {
		flags = " " + x.command(flags)
	}
	if x.f == nil {
		return Steps{Say("Have it issued anew by the CA that issued it. With a CA that mutual made, which keeps names, subject and the old files:"),
			Run("mutual issue " + x.party() + " <name> --dir <folder-of-the-ca>" + flags + " --force")}
	}
	path, leaf := x.f.ownFile(x.side)
	if x.depth > 0 || leaf != nil && leaf.IsCA {
		return Steps{Say("It is a CA's certificate: whoever runs the CA makes it anew, and with another key also what it has issued.")}
	}
	dir, name, ok := mutualName(path)
	folder, _ := x.f.folder(dir)
	if ca := x.f.caOf(folder); ok && folder.Issues() && (leaf == nil || leaf.X509() == nil || ca == nil || isIssuer(ca, leaf)) {
		anew := "Issue it anew."
		if x.side == ServerSide {
			anew = "Issue it anew, and have the server read its files again."
		}
		return Steps{Say(anew + " The old files stay as " + name + "-crt.pem.1 and " + name + "-key.pem.1:"),
			Run("mutual issue " + x.party() + " " + ShellFile(name) + " --dir " + ShellFile(dir) + flags + " --force")}
	}
	if found := x.forHost(leaf, flags); found != nil {
		return found
	}
	by := "whoever issued it"
	if leaf != nil && leaf.Issuer != "" && !leaf.SelfIssued() {
		by = leaf.Issuer
	}
	out := Steps{Say("Have it issued anew by " + by + ", and give the " + x.party() + " the new files.")}
	if ok {
		out = append(out, Say("If mutual made that CA, in its folder:"),
			Run("mutual issue "+x.party()+" "+ShellFile(name)+" --dir <folder-of-the-ca>"+flags+" --force"))
	}
	return out
}

// another is how the side gets a certificate of the right make.
func (x *filler) another() Steps {
	if x.f == nil {
		return Steps{Say("With a CA that mutual made:"), Run("mutual issue " + x.party() + " <new-name> --dir <folder-of-the-ca>")}
	}
	path, leaf := x.f.ownFile(x.side)
	if found := x.forHost(leaf, ""); found != nil {
		return found
	}
	dir, name, ok := mutualName(path)
	folder, _ := x.f.folder(dir)
	ca := x.f.caOf(folder)
	if ok && x.side == ClientSide && folder.Issues() && ca != nil && leaf != nil && isIssuer(ca, leaf) {
		other := name + "-2"
		for n := 3; folder.Has(other + "-crt.pem"); n++ {
			other = name + "-" + strconv.Itoa(n)
		}
		return Steps{Say("Issue it under a name of its own, and give the client " + folder.Path(other+"-crt.pem") + " and its key:"),
			Run("mutual issue client " + ShellFile(other) + " --dir " + ShellFile(dir) + " --subject " + ShellWord(leaf.Subject))}
	}
	by := "a CA that the other side trusts"
	if leaf != nil && leaf.Issuer != "" && !leaf.SelfIssued() {
		by = leaf.Issuer
	}
	return Steps{Say("Have it issued by " + by + ", and give the " + x.party() + " the new files.")}
}

// forHost issues a server's certificate from the CA of a folder at hand, where
// it is that CA whose certificates the server has. It replaces nothing.
func (x *filler) forHost(leaf *Certificate, flags string) Steps {
	host := x.values["host"]
	if x.side != ServerSide || host == "" || leaf == nil || x.f.View == SeenInFiles {
		return nil
	}
	for _, d := range x.f.Beside {
		if ca := x.f.caOf(d); ca != nil && d.Issues() && isIssuer(ca, leaf) && !d.Has(host+"-crt.pem") {
			return Steps{Say("Issue one, and put " + d.Path(host+"-crt.pem") + " and its key into the server:"),
				Run("mutual issue server " + ShellWord(host) + " --dir " + ShellFile(d.Dir) + flags)}
		}
	}
	return nil
}

// again is the user's probe with the new files in place of {file}.
func (x *filler) again(ends []string) Steps {
	file := cmp.Or(x.values["file"], x.values["own_file"])
	if x.f == nil || file == "" {
		return Steps{Say("Then give the new file in place of the old one.")}
	}
	g, dir := x.f.Given, Folder{Dir: x.f.Given.Dir}
	swapped := false
	swap := func(flag, path, end string) string {
		if path == "" {
			return ""
		}
		if path != file {
			return " " + flag + " " + ShellFile(path)
		}
		swapped = true
		return " " + flag + " " + x.newFile(file, end)
	}
	line := "mutual probe " + x.command("{target}")
	if g.Dir != "" {
		line += " --dir " + ShellFile(g.Dir)
		if len(g.CACert) == 0 && file == dir.Path("ca-crt.pem") {
			g.CACert = []string{file}
		}
	}
	for _, ca := range g.CACert {
		line += swap("--cacert", ca, ends[0])
	}
	if len(ends) == 2 {
		g.Key = g.Cert
	}
	if g.Dir == "" || file == g.Cert || file == g.Key {
		line += swap("--cert", g.Cert, ends[0]) + swap("--key", g.Key, ends[len(ends)-1])
	}
	if x.f.Target.StartTLS != "" {
		line += " --starttls " + ShellWord(x.f.Target.StartTLS)
	}
	if x.f.View != SeenByClient || g.Target == "" || !swapped {
		return Steps{Say("Then give the new file in place of the old one.")}
	}
	return Steps{Run(line)}
}

// party is whose certificate it is, as mutual issue takes it.
func (x *filler) party() string {
	if x.side != ServerSide && x.side != ClientSide {
		return "<server-or-client>"
	}
	return string(x.side)
}

// ownFile is the leaf of the side, and the file that it was seen in, if any.
func (f *Examination) ownFile(side Side) (path string, leaf *Certificate) {
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
