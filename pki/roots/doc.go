// Package roots keeps the pinned root certificates by which a webhook knows
// that its caller is Google: profiles, download, verification, update.
//
// To pin means a locked set with reviewed updates, not a set frozen for ever.
// What is pinned is a root's public key (its SPKI), for Google has had each of
// its roots signed again without changing the key. And a root alone is never
// enough: the CA that issues Dialogflow's certificate issues to anybody, so a
// Profile carries the identity that the caller has to have.
package roots
