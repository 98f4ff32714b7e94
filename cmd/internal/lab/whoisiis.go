package lab

import (
	"fmt"
	"strings"
)

// iisWHOIS is the WHOIS of Internetstiftelsen, which runs .se and .nu.
func iisWHOIS(tld string) portManner {
	head := `# This is a simulated registry. The information obtained through searches
# describes no real name. Any use of this material to target advertising or
# similar activities is forbidden.
# Result of search for registered domain names under
# the .` + tld + ` top level domain.
# This whois printout is printed with UTF-8 encoding.
#
`
	return portManner{speaks: "whois.iis." + tld, teller: TellerWHOIS, limit: head + "# Query limit exceeded.\n", bad: head + "# Illegal query.\n",
		free:   func(name string) string { return head + fmt.Sprintf("domain %q not found.\n", name) },
		record: func(rec record) string { return head + iisRecord(rec) },
	}
}

func iisRecord(rec record) string {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%-17s %s\n", key+":", value) }
	state, status := "active", "ok"
	switch {
	case rec.deleted():
		state, status = "inactive", "pendingDelete"
	case rec.onHold():
		state, status = "inactive", "serverHold"
	}
	line("state", state)
	line("domain", rec.name)
	line("holder", "(not shown)")
	line("created", rec.created.Format("2006-01-02"))
	line("modified", rec.changed.Format("2006-01-02"))
	line("expires", rec.expires.Format("2006-01-02"))
	for _, host := range rec.nameservers {
		line("nserver", host)
	}
	line("dnssec", "unsigned delegation")
	line("status", status)
	line("registrar", rec.registrar.name)
	return b.String()
}
