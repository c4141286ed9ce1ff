package pki

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/pki/internal/jks"
	"mutual/pki/internal/pbe"
	"mutual/pki/internal/pkcs12"
)

// keyStore reads PKCS#12: with an empty passphrase where that opens it, else
// with the user's.
func (in *inspector) keyStore(data []byte) {
	store := Item{Kind: KindKeyStore, Form: "PKCS#12"}
	f, err := pkcs12.Parse(data)
	if err != nil {
		in.storeFault(store, err)
		return
	}
	bags, err := f.Open(nil)
	if errors.Is(err, pbe.ErrPassphrase) {
		phrase, fault := in.pass()
		if fault != nil {
			store.Encrypted, store.fault, store.Remark, store.legacy = true, fault, storeWords(f), f.Legacy
			in.add(store)
			if in.role == "" {
				in.storeAlgorithms(f)
			}
			return
		}
		bags, err = f.Open(phrase)
	}
	if err != nil {
		in.storeFault(store, err)
		return
	}
	before := len(in.Items)
	for _, b := range bags {
		in.bag(b)
	}
	for i := range in.Items[before:] {
		in.Items[before+i].legacy = f.Legacy
	}
	if len(in.Items) == before {
		store.Remark = "nothing is in it"
		in.add(store)
	}
	in.storeAlgorithms(f)
	in.emptyForJava(bags)
}

// bag adds one thing of a PKCS#12 file.
func (in *inspector) bag(b pkcs12.Bag) {
	item := Item{Form: "PKCS#12", Alias: b.Name}
	switch {
	case b.Kind == pkcs12.Key:
		item.Kind, item.Encrypted = KindPrivateKey, b.Encrypted
		switch {
		case errors.Is(b.Err, pbe.ErrPassphrase):
			in.ownPassphrase(item)
		case b.Err != nil:
			in.opened(item, nil, encryptedFault(b.Err))
		default:
			key, fault := parseKey(b.DER)
			in.opened(item, key, fault)
		}
	case b.Err != nil:
		item.Kind, item.Encrypted = KindUnrecognised, b.Encrypted
		in.storeFault(item, b.Err)
	case b.Kind == pkcs12.Certificate:
		in.certificate(item, b.DER)
	case b.Kind == pkcs12.CRL:
		in.list(item, b.DER)
	case b.Kind == pkcs12.Secret:
		item.Kind = KindSecret
		in.add(item)
	}
}

// ownPassphrase is a key that stays closed in a store that has been opened.
func (in *inspector) ownPassphrase(item Item) {
	item.Encrypted = true
	item.Reason = "it has a passphrase of its own, other than the store's"
	item.fault = &keyFault{code: cause.KeyEntryPassphraseDiffers}
	in.add(item)
	in.problem(Problem{Code: cause.KeyEntryPassphraseDiffers, Found: "the entry " + quoted(item.Alias), Want: "a key under the store's passphrase"})
}

func quoted(alias string) string {
	if alias == "" {
		return "without a name"
	}
	return fmt.Sprintf("%q", alias)
}

// storeFault is a store, or a part of one, that cannot be opened.
func (in *inspector) storeFault(item Item, err error) {
	p := Problem{Code: cause.PEMTruncated, Found: "a key store: " + err.Error(), Want: "the whole key store", Fatal: true}
	item.Encrypted = true
	if unread, ok := errors.AsType[*pbe.UnsupportedError](err); ok {
		// Nothing is wrong with it.
		item.Remark, item.fault = unread.Error(), sealed(unread)
		in.add(item)
		return
	}
	item.Reason = err.Error()
	if errors.Is(err, pbe.ErrPassphrase) {
		p.Code, p.Found, p.Want = cause.KeyWrongPassphrase, "a key store ("+item.Form+")", ""
		item.fault = &keyFault{code: cause.KeyWrongPassphrase}
	}
	in.add(item)
	in.problem(p)
}

func storeWords(f *pkcs12.File) string {
	words := slices.Clone(f.Encryption)
	if f.MAC != "" {
		words = append(words, "MAC "+f.MAC)
	}
	return strings.Join(words, "; ")
}

// storeAlgorithms says which readers lack the algorithms of a PKCS#12 file.
//
// OpenSSL 3 keeps RC2, RC4 and DES in its legacy provider. Java reads PBES2 and
// HMAC-SHA256 in PKCS#12 since 8u301, 11.0.12 and 16 (JDK-8076190), Windows since
// 10 1709 and Server 2019; macOS's security(1) does not. OpenSSL reads PBMAC1
// since 3.4.
func (in *inspector) storeAlgorithms(f *pkcs12.File) {
	var lack string
	switch {
	case f.Legacy:
		lack = "OpenSSL 3 reads it with -legacy only, and so do Node 17 and later and Python 3.12 and later"
	case strings.HasPrefix(f.MAC, "PBMAC1"):
		lack = "OpenSSL before 3.4, Java, Windows and macOS cannot read it"
	case !f.Old && len(f.Encryption) > 0:
		lack = "macOS's security import, Java before 8u301 and 11.0.12, and Windows before 10 1709 cannot read it, and call the passphrase wrong"
	default:
		return
	}
	in.problem(Problem{Code: cause.KeyStoreAlgorithmUnread, Found: storeWords(f), Want: lack})
}

// emptyForJava notes a store of certificates alone, of which Java sees none:
// it takes an entry for trusted only by the attribute trustedKeyUsage
// (PKCS12KeyStore.java: "trustedKeyUsage != null").
func (in *inspector) emptyForJava(bags []pkcs12.Bag) {
	certs, trusted, keys := 0, 0, 0
	for _, b := range bags {
		switch {
		case b.Kind == pkcs12.Key, b.Kind == pkcs12.Secret:
			keys++
		case b.Kind == pkcs12.Certificate && b.TrustedKeyUsage:
			trusted++
		case b.Kind == pkcs12.Certificate:
			certs++
		}
	}
	if certs > 0 && trusted == 0 && keys == 0 {
		in.problem(Problem{Code: cause.TrustStoreEmptyForJava, Found: fmt.Sprintf("%d certificates without the attribute trustedKeyUsage, and no key", certs),
			Want: "the attribute 2.16.840.1.113894.746875.1.1 with each certificate"})
	}
}

// javaStore reads JKS and JCEKS. Their certificates take no passphrase.
func (in *inspector) javaStore(data []byte) {
	store := Item{Kind: KindKeyStore, Form: "JKS"}
	f, err := jks.Parse(data)
	if err != nil {
		in.storeFault(store, err)
		return
	}
	if f.JCEKS {
		store.Form = "JCEKS"
	}
	var phrase []byte
	var fault *keyFault
	wrong := false
	if !f.JCEKS && slices.ContainsFunc(f.Entries, func(e jks.Entry) bool { return e.Key }) && (in.role == "" || in.role == RoleKey || in.role == RoleCert) {
		if phrase, fault = in.pass(); fault == nil && !f.Verify(phrase) {
			wrong = true
		}
	}
	if len(f.Entries) == 0 {
		store.Remark = "nothing is in it"
		in.add(store)
	}
	for _, e := range f.Entries {
		item := Item{Form: store.Form, Alias: e.Alias}
		for _, der := range e.Certs {
			in.certificate(item, der)
		}
		switch {
		case e.Secret:
			item.Kind = KindSecret
			item.Remark = "what stands behind it in the store is not read here; keytool -list shows it"
			in.add(item)
		case e.Key:
			item.Kind, item.Encrypted = KindPrivateKey, true
			in.javaKey(f, item, phrase, fault, wrong)
		}
	}
	if wrong {
		in.problem(Problem{Code: cause.KeyWrongPassphrase, Found: "a key store (" + store.Form + ")", Fatal: true})
	}
}

// javaKey opens the key of an entry with the store's passphrase.
func (in *inspector) javaKey(f *jks.File, item Item, phrase []byte, fault *keyFault, wrong bool) {
	switch {
	case wrong:
		item.Reason, item.fault = "the passphrase does not open it", &keyFault{code: cause.KeyWrongPassphrase}
		in.add(item)
		return
	case fault != nil:
		item.fault = fault
		in.add(item)
		return
	}
	der, err := f.PrivateKey(item.Alias, phrase, phrase)
	switch {
	case errors.Is(err, pbe.ErrPassphrase):
		in.ownPassphrase(item)
	case err != nil:
		in.opened(item, nil, encryptedFault(err))
	default:
		key, fault := parseKey(bytes.Clone(der))
		in.opened(item, key, fault)
	}
}
