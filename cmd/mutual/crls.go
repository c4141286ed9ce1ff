package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"

	"mutual/diagnose"
)

// loadCRLs loads revocation lists, PEM or DER, into the facts.
func loadCRLs(paths []string, known *diagnose.Facts) {
	for _, path := range paths {
		problem := diagnose.File{Path: path, Role: "CRL", Fatal: true}
		data, err := os.ReadFile(path)
		switch {
		case os.IsNotExist(err):
			problem.Problem = "file-not-found"
		case err != nil:
			problem.Problem = "file-unreadable"
		case len(data) == 0:
			problem.Problem = "file-empty"
		}
		if problem.Problem != "" {
			known.Files = append(known.Files, problem)
			continue
		}
		ders := [][]byte{}
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "X509 CRL" {
				ders = append(ders, block.Bytes)
			}
		}
		if len(ders) == 0 {
			ders = append(ders, data)
		}
		for _, der := range ders {
			list, err := x509.ParseRevocationList(der)
			if err != nil {
				problem.Problem, problem.Found, problem.Want = "pem-wrong-type", "no revocation list", "-----BEGIN X509 CRL-----"
				known.Files = append(known.Files, problem)
				continue
			}
			known.CRLs = append(known.CRLs, &diagnose.CRL{Issuer: diagnose.DN(list.RawIssuer), ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, File: path, DER: der})
		}
	}
}
