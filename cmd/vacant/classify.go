package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"syscall"

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
		Use:   "classify FILE...",
		Short: "Say how one reply text of a registry reads, and why",
		Long: `Classify reads a WHOIS or DAS reply, or the body of an RDAP reply, from FILE (- is
stdin) and prints how it reads, taken alone, as JSON, a line for each FILE:

  {"verdict":"...","reason":"...","matched":"..."}

matched is the line, field or phrase that decided. On stderr it says why in words,
unless -q is given.

A WHOIS text is judged with the server that sent it. Only a registry's own can say
available or reserved, because registrars repeat registries' texts: HOST must be
one that is known to be the registry's, or be named as TLD=HOST, which trusts it as
that TLD's own. A DAS is told by its host (das.eu, whois.nic.ch:4343). An RDAP
reply is judged with the URL that was asked, which counts as that suffix's base.
Without --name the check that the reply is about the name asked is left out. An
exchange as HTTP recorders save it (a JSON object with request_url and body) is read
for its body. No controls are asked and no label counts as withheld, so this is
not yet a verdict on a name: vacant check gives that.`,
		Example: `  vacant registry classify --whois-server whois.nic.io --name foo.io reply.txt
  vacant registry classify --whois-server io=whois.example.net --name foo.io reply.txt
  vacant registry classify --whois-server das.eu --name foo.eu - <reply.txt
  vacant registry classify --rdap-url https://rdap.example/domain/foo.com --http-status 404 \
    --content-type application/rdap+json --name foo.com body.json`,
		Args: wantArgs(1, -1, "a FILE (- is stdin)"),
		RunE: func(_ *cobra.Command, args []string) error { return c.run(args) },
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

func (c *classify) run(files []string) error {
	name, err := c.check()
	if err != nil {
		return err
	}
	for i, path := range files {
		text, err := c.read(path)
		if err != nil {
			return err
		}
		if i == 0 {
			c.tellServer(name)
		}
		said := c.classify(name, text)
		if err := c.print(said); err != nil {
			return err
		}
		about := ""
		if len(files) > 1 {
			about = path + ": "
		}
		c.say("%s%s", about, c.why(name, said, text))
	}
	return nil
}

// classify reads one reply.
func (c *classify) classify(name vacant.Name, text []byte) classifier.Reading {
	if c.whois != "" {
		host, trusted := c.host()
		return classifier.WHOIS(host, name, trusted, text)
	}
	return classifier.RDAP(name, classifier.RDAPReply{URL: c.rdapURL, FinalURL: c.finalURL, Status: c.status,
		ContentType: c.contentType, RetryAfter: c.retryAfter, Body: unwrap(text)})
}

// check checks the flags and returns the name asked, "" without one.
func (c *classify) check() (vacant.Name, error) {
	http := c.status != 0 || c.finalURL != "" || c.contentType != "" || c.retryAfter != ""
	switch {
	case c.whois == "" && c.rdapURL == "":
		return "", usage(errors.New("which server sent the reply?"), "give either --whois-server HOST or --rdap-url URL")
	case c.whois != "" && c.rdapURL != "":
		return "", usage(errors.New("--whois-server and --rdap-url contradict each other"), "a reply came from one of them: give either --whois-server HOST or --rdap-url URL")
	case c.whois != "" && http:
		return "", usage(errors.New("--http-status, --content-type, --final-url and --retry-after describe an RDAP reply, and --whois-server a WHOIS or DAS text"), "leave them out, or give --rdap-url URL")
	case c.whois != "":
		if err := c.checkHost(); err != nil {
			return "", err
		}
	default:
		if err := c.checkHTTP(); err != nil {
			return "", err
		}
	}
	if c.name == "" {
		return "", nil
	}
	name, err := vacant.ParseName(c.name)
	return name, usage(err, nameHint(err))
}

func (c *classify) checkHost() error {
	host, _ := c.host()
	if host == "" || strings.ContainsAny(host, "/ ") || strings.HasPrefix(c.whois, "=") {
		return usage(fmt.Errorf("--whois-server %q is no host", c.whois), "for instance --whois-server whois.nic.io, or io=HOST to trust HOST as .io's own")
	}
	return nil
}

func (c *classify) checkHTTP() error {
	if u, err := url.Parse(c.rdapURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return usage(fmt.Errorf("--rdap-url %q is no http or https URL", c.rdapURL), "the whole URL that was asked, for instance https://rdap.example/domain/foo.com")
	}
	if c.status < 100 || c.status > 599 {
		return usage(errors.New("an RDAP reply needs its HTTP status"), "for instance --http-status 404")
	}
	return nil
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
			return nil, usage(err, "FILE holds the reply as it came, - is stdin")
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxReply+1))
	switch {
	case errors.Is(err, syscall.EISDIR):
		return nil, usage(fmt.Errorf("%s is a folder", path), "name the files in it")
	case err != nil:
		return nil, ioFailure(err)
	case len(text) > maxReply:
		return nil, usage(fmt.Errorf("%s is larger than 8 MiB: no registry's reply", path), "")
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
	return ioFailure(encode.Encode(struct { // the names and their order are an API
		Verdict string        `json:"verdict"`
		Reason  vacant.Reason `json:"reason"`
		Matched string        `json:"matched"`
	}{r.Verdict.String(), r.Reason, vacant.SafeText(r.Matched)}))
}
