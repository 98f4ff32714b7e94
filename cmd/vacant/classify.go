package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vacant"
	classifier "vacant/rdapstage/reading"
)

// maxReply bounds the reply text that classify reads: more than any registry sends.
const maxReply = 8 << 20

type classify struct {
	*app
	whois, name, retryAfter, rdapURL, finalURL, contentType string

	status int
}

func newClassify(a *app) *cobra.Command {
	c := &classify{app: a}
	cmd := &cobra.Command{
		Use:   "classify FILE",
		Short: "Say how one reply text of a registry reads",
		Long: `Classify reads a WHOIS or DAS reply, or the body of an RDAP reply, from FILE (- is
stdin) and prints how it reads, taken alone, as JSON:

  {"verdict":"...","reason":"...","matched":"..."}

A WHOIS text is judged with the server that sent it: --whois-server HOST, or
tld=HOST to trust HOST as that TLD's own. An RDAP reply is judged with the URL
that was asked, which counts as that suffix's base. Without --name the check
that the reply is about the name asked is left out. An exchange as HTTP recorders
save it (a JSON object with request_url and body) is read for its body. No controls are asked and
no label counts as withheld, so this is not yet a verdict on a name.`,
		Example: `  vacant registry classify --whois-server whois.nic.io --name foo.io reply.txt
  vacant registry classify --rdap-url https://rdap.example/domain/foo.com --http-status 404 body.json`,
		Args: wantArgs(1, 1, "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return c.run(args[0]) },
	}
	fs := cmd.Flags()
	fs.StringVar(&c.whois, "whois-server", "", "the text is a WHOIS or DAS reply of this `[tld=]HOST`")
	fs.StringVar(&c.rdapURL, "rdap-url", "", "the body is an RDAP reply to this `URL`")
	fs.IntVar(&c.status, "http-status", 0, "HTTP status of the RDAP reply")
	fs.StringVar(&c.contentType, "content-type", "", "its Content-Type")
	fs.StringVar(&c.finalURL, "final-url", "", "where redirects ended, if elsewhere")
	fs.StringVar(&c.retryAfter, "retry-after", "", "its Retry-After")
	fs.StringVar(&c.name, "name", "", "the name that was asked")
	// Settings name servers to ask; here the flags describe a reply.
	_ = fs.SetAnnotation("whois-server", flagOnly, []string{})
	_ = fs.SetAnnotation("name", flagOnly, []string{})
	return describe(cmd, exitDone, exitFailed, exitUsage, exitIO)
}

func (c *classify) run(path string) error {
	name, err := c.check()
	if err != nil {
		return err
	}
	text, err := c.read(path)
	if err != nil {
		return err
	}
	var said classifier.Reading
	if c.whois != "" {
		host, trusted := c.host()
		said = classifier.WHOIS(host, name, trusted, text)
	} else {
		said = classifier.RDAP(name, classifier.RDAPReply{URL: c.rdapURL, FinalURL: c.finalURL, Status: c.status,
			ContentType: c.contentType, RetryAfter: c.retryAfter, Body: unwrap(text)})
	}
	return c.print(said)
}

// check checks the flags and returns the name asked, "" without one.
func (c *classify) check() (vacant.Name, error) {
	switch {
	case (c.whois == "") == (c.rdapURL == ""):
		return "", usage(errors.New("which server sent the reply?"), "give either --whois-server HOST or --rdap-url URL")
	case c.rdapURL != "" && (c.status < 100 || c.status > 599):
		return "", usage(errors.New("an RDAP reply needs its HTTP status"), "for instance --http-status 404")
	case c.name == "":
		return "", nil
	}
	name, err := vacant.ParseName(c.name)
	return name, usage(err, nameHint(err))
}

// host returns the WHOIS server, and whether it was named as a TLD's own.
func (c *classify) host() (host string, trusted bool) {
	if _, host, ok := strings.Cut(c.whois, "="); ok {
		return host, true
	}
	return c.whois, false
}

func (c *classify) read(path string) ([]byte, error) {
	in := c.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usage(err, "")
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxReply))
	if err != nil {
		return nil, ioFailure(fmt.Errorf("read %s: %w", path, err))
	}
	return text, nil
}

// unwrap returns the body of a recorded exchange, or the text itself.
func unwrap(text []byte) []byte {
	var recorded struct {
		URL  string  `json:"request_url"`
		Body *string `json:"body"`
	}
	if json.Unmarshal(text, &recorded) == nil && recorded.URL != "" && recorded.Body != nil {
		return []byte(*recorded.Body)
	}
	return text
}

func (c *classify) print(r classifier.Reading) error {
	encode := json.NewEncoder(c.stdout)
	encode.SetEscapeHTML(false)
	return ioFailure(encode.Encode(struct {
		Verdict string        `json:"verdict"`
		Reason  vacant.Reason `json:"reason"`
		Matched string        `json:"matched"`
	}{r.Verdict.String(), r.Reason, vacant.SafeText(r.Matched)}))
}
