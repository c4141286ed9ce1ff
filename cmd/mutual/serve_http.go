package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/observe"
)

// hello is what the demo server of Google's page says.
const hello = "hello world from client cert"

// maxWebhook bounds the body of a webhook call.
const maxWebhook = 1 << 20

// demoHandler answers as the demo server does. The server asks clients for
// certificates as ask says; with AuthRequest, who is not authorised is told so.
func demoHandler(ask observe.ClientAuth) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, greeting(ask, r))
	})
	mux.HandleFunc("GET /whoami", whoami)
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) { webhook(ask, w, r) })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "There is /, /whoami, and POST for Dialogflow's webhook calls.", http.StatusNotFound)
	})
	return mux
}

// greeting is hello, and for a client that was let in without being authorised
// a sentence that says so.
func greeting(ask observe.ClientAuth, r *http.Request) string {
	if ask != observe.AuthRequest {
		return hello
	}
	facts := observe.FactsOf(r)
	if facts == nil {
		return hello
	}
	if authorized(facts) {
		return hello
	}
	why := "no certificate was sent."
	for _, f := range diagnose.Examine(facts).Findings {
		if f.Exit() == diagnose.ExitClient {
			why = f.Title
			break
		}
	}
	return "hello world, but this client is not authorised: " + why
}

// authorized reports whether the client has shown a certificate that the
// server's rules let in.
func authorized(f *diagnose.Facts) bool {
	return f.ClientAuth.Presented && (f.Authorization == nil || f.Authorization.Allowed)
}

// whoami answers who the client is, how the connection was made, and what the
// rules found.
func whoami(w http.ResponseWriter, r *http.Request) {
	facts := observe.FactsOf(r)
	if facts == nil {
		http.Error(w, "nothing is known of this connection", http.StatusInternalServerError)
		return
	}
	facts.HTTP = nil // of an earlier request
	report := diagnose.Examine(facts)
	type client struct {
		Address    string                  `json:"address"`
		Authorized bool                    `json:"authorized"`
		Profile    string                  `json:"profile,omitempty"`
		Subject    string                  `json:"subject"`
		Chain      []*diagnose.Certificate `json:"chain"`
	}
	who := client{Address: facts.Remote, Authorized: authorized(facts), Chain: facts.Chains.Client}
	if len(who.Chain) > 0 {
		who.Subject = who.Chain[0].Subject
	} else {
		who.Chain = []*diagnose.Certificate{}
	}
	if a := facts.Authorization; a != nil {
		who.Profile = a.Profile
	}
	answerJSON(w, http.StatusOK, struct {
		Client     client                  `json:"client"`
		Connection *diagnose.Connection    `json:"connection"`
		ClientAuth *diagnose.ClientAuth    `json:"client_auth"`
		Rules      *diagnose.Authorization `json:"authorization,omitempty"`
		Server     string                  `json:"server_name"`
		Verdict    diagnose.Verdict        `json:"verdict"`
		Findings   []diagnose.Finding      `json:"findings"`
	}{who, facts.Connection, facts.ClientAuth, facts.Authorization, facts.Target.ServerName, report.Verdict, report.Findings})
}

// webhook answers a call of Dialogflow. Sources: WebhookRequest and
// WebhookResponse of Dialogflow ES (v2) and of Dialogflow CX (v3).
func webhook(ask observe.ClientAuth, w http.ResponseWriter, r *http.Request) {
	var call struct {
		QueryResult     json.RawMessage `json:"queryResult"`     // ES
		FulfillmentInfo json.RawMessage `json:"fulfillmentInfo"` // CX
	}
	body := http.MaxBytesReader(w, r.Body, maxWebhook)
	if err := json.NewDecoder(body).Decode(&call); err != nil {
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": "the body is not the JSON of a Dialogflow webhook call"})
		return
	}
	text := greeting(ask, r)
	switch {
	case isObject(call.FulfillmentInfo):
		answerJSON(w, http.StatusOK, map[string]any{"fulfillmentResponse": map[string]any{
			"messages": []any{map[string]any{"text": map[string]any{"text": []string{text}}}},
		}})
	case isObject(call.QueryResult):
		answerJSON(w, http.StatusOK, map[string]any{
			"fulfillmentText":     text,
			"fulfillmentMessages": []any{map[string]any{"text": map[string]any{"text": []string{text}}}},
		})
	default:
		answerJSON(w, http.StatusBadRequest, map[string]string{
			"error": "neither queryResult (Dialogflow ES) nor fulfillmentInfo (Dialogflow CX) is in the request"})
	}
}

func isObject(raw json.RawMessage) bool {
	return strings.HasPrefix(strings.TrimSpace(string(raw)), "{")
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	render.JSONValue(w, value)
}

// countRequests calls stop once next has answered n requests, and lets no more
// in. With n 0 there is no end.
func countRequests(n int, stop func(), next http.Handler) http.Handler {
	if n == 0 {
		return next
	}
	var begun, done atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if begun.Add(1) > int64(n) {
			w.Header().Set("Connection", "close")
			http.Error(w, "the server is about to end", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
		if done.Add(1) == int64(n) {
			stop()
		}
	})
}
