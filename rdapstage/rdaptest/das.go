package rdaptest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Service is an availability service: how its registry says what it says, and
// what it takes for a question.
type Service struct {
	Host string // the real one, with its port
	TLD  string
	// Ask takes the name out of a line, "" if the line is no question to it.
	Ask func(line string) string
	// Free, Taken and Refused are its answers.
	Free, Taken func(name string) string
	Refused     string
}

func afterWord(word string) func(string) string {
	return func(line string) string {
		name, ok := strings.CutPrefix(line, word+" ")
		if !ok || strings.Contains(name, " ") {
			return ""
		}
		return name
	}
}

func bare(line string) string {
	if strings.Contains(line, " ") {
		return ""
	}
	return line
}

func says(format string) func(string) string {
	return func(name string) string { return fmt.Sprintf(format, name) }
}

// Services are the availability services as their registries describe them.
var Services = []Service{
	{Host: "das.eu:4343", TLD: "eu", Ask: func(line string) string {
		if label := afterWord("get 1.0")(line); label != "" && !strings.Contains(label, ".") {
			return label + ".eu"
		}
		return ""
	}, Free: func(name string) string { return eurid(name, "AVAILABLE") }, Taken: func(name string) string { return eurid(name, "NOT AVAILABLE") },
		Refused: "-1: Still in grace period, wait 2 seconds\r\n"},
	{Host: "das.dns.be:4343", TLD: "be", Ask: bare, Free: says("RC:\t0\r\nDomain:\t%s\r\nStatus:\tAVAILABLE\r\n"),
		Taken: says("RC:\t0\r\nDomain:\t%s\r\nStatus:\tNOT AVAILABLE\r\n"), Refused: "RC:\t-2\r\n"},
	{Host: "das.domreg.lt:4343", TLD: "lt", Ask: afterWord("get 1.0"), Free: says("%% .lt registry DAS service\nDomain: %s\nStatus: available\n"),
		Taken: says("%% .lt registry DAS service\nDomain: %s\nStatus: restrictedRights\n"), Refused: "% .lt registry DAS service\nQuery limit exceeded\n"},
	{Host: "whois.nic.ch:4343", TLD: "ch", Ask: bare, Free: func(string) string { return "1: This domain name can be registered.\r\n" },
		Taken: func(string) string {
			return "0: This domain name can not be registered.\r\nReason: This domain name is already registered.\r\n"
		},
		Refused: "-95: Access restricted.\r\n"},
	{Host: "whois.domain-registry.nl:43", TLD: "nl", Ask: afterWord("is"), Free: says("%s is free\r\n"), Taken: says("%s is active\r\n"),
		Refused: "whois.domain-registry.nl: only 1 request per second allowed, try again later\r\n"},
	{Host: "das.arnes.si:4343", TLD: "si", Ask: bare, Free: says("%s is available\n"), Taken: says("%s is registered\n"), Refused: "Query rate limit exceeded\n"},
	{Host: "finger.norid.no:79", TLD: "no", Ask: bare, Free: says("%% Norid\n\nThe domain %s is available for registration.\n"),
		Taken: says("%% Norid\n\nThe domain %s is delegated by Norid.\n"), Refused: "% Quota exceeded\n"},
}

func eurid(name, status string) string {
	return fmt.Sprintf("%% .eu Domain Availability Server 1.0\n%%\n%%%% RC = 0\nDomain: %s\nStatus: %s\n", strings.TrimSuffix(name, ".eu"), status)
}

// DAS answers as a service does: what it does not understand as it does what it
// refuses.
func DAS(s Service, is Registered) func(*Port43) Talk {
	return func(*Port43) Talk {
		return func(conn *net.TCPConn, line string) {
			name := s.Ask(line)
			answer := s.Free(name)
			switch {
			case name == "":
				answer = s.Refused
			case is(name):
				answer = s.Taken(name)
			}
			_, _ = io.WriteString(conn, answer)
		}
	}
}

// IIS is the service of .se and .nu, which speaks HTTP.
func IIS(is Registered) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, word := r.URL.Query().Get("q"), "free"
		switch {
		case r.URL.Path != "/free" || name == "":
			http.NotFound(w, r)
			return
		case is(name):
			word = "occupied"
		}
		_, _ = fmt.Fprintf(w, "%s %s", word, name)
	})
}
