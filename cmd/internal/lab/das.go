package lab

import "strings"

// The availability services: a line in, one of a few words out.

// euridDAS is EURid's: "get 1.0 LABEL", the label without its TLD.
func euridDAS() portManner {
	m := portManner{speaks: "das.eu:4343", teller: TellerDAS, bad: "% -1: Invalid query\n", limit: "-2: Excessive querying, grace period of 1 seconds\n"}
	m.query = func(line string) (string, bool) {
		label := queryName(line)
		return label + ".eu", strings.HasPrefix(line, "get 1.0 ") && len(strings.Fields(line)) == 3 && !strings.Contains(label, ".")
	}
	reply := func(name, status string) string {
		return "% .eu Domain Availability Server 1.0\n%% RC = 0\nDomain: " + strings.TrimSuffix(name, ".eu") + "\nStatus: " + status + "\n"
	}
	m.free = func(name string) string { return reply(name, "AVAILABLE") }
	m.record = func(rec record) string { return reply(rec.name, euridStatus(rec)) }
	m.withheld = func(name string, st state) string { return reply(name, euridKeeps(st)) }
	return m
}

// belgiumDAS is DNS Belgium's: a bare name, and a return code before the answer.
func belgiumDAS() portManner {
	m := portManner{speaks: "das.dns.be:4343", teller: TellerDAS, bad: "RC: -1\n", limit: "RC: -2\n"}
	m.query = func(line string) (string, bool) { return queryName(line), len(strings.Fields(line)) == 1 }
	reply := func(name, status string) string { return "RC: 0\nDomain: " + name + "\nStatus: " + status + "\n" }
	m.free = func(name string) string { return reply(name, "AVAILABLE") }
	m.record = func(rec record) string { return reply(rec.name, euridStatus(rec)) }
	return m
}

// domregDAS is DOMREG's: "get 1.0 NAME", and words of its own.
func domregDAS() portManner {
	m := portManner{speaks: "das.domreg.lt:4343", teller: TellerDAS,
		query: func(line string) (string, bool) {
			words := strings.Fields(line)
			if len(words) != 3 || words[0] != "get" || words[1] != "1.0" {
				return "", false
			}
			return queryName(line), true
		},
		bad:   "% -1: Invalid query\n",
		limit: "-2: Excessive querying, grace period of 1 seconds\n",
	}
	reply := func(name, status string) string {
		return "% .lt registry DAS service\nDomain: " + name + "\nStatus: " + status + "\n"
	}
	m.free = func(name string) string { return reply(name, "available") }
	m.record = func(rec record) string {
		if euridStatus(rec) == "QUARANTINE" {
			return reply(rec.name, "pendingDelete")
		}
		return reply(rec.name, "registered")
	}
	m.withheld = func(name string, st state) string { return reply(name, strings.ToLower(euridKeeps(st))) }
	return m
}

// euridStatus is the word for a registered name: after its deletion it is in
// quarantine for 40 days.
func euridStatus(rec record) string {
	if strings.Contains(strings.Join(rec.eppStatus, " "), "pendingDelete") {
		return "QUARANTINE"
	}
	return "NOT AVAILABLE"
}

// codeDAS is SWITCH's: a bare name, and a number that says all.
func codeDAS(host string) portManner {
	return portManner{speaks: host, teller: TellerDAS,
		query: func(line string) (string, bool) { return queryName(line), len(strings.Fields(line)) == 1 },
		bad:   "-1: Invalid query\n", limit: "-95: Rate limit exceeded\n",
		free:   func(string) string { return "1: The domain name is not registered.\n" },
		record: func(record) string { return "0: The domain name is registered.\n" },
	}
}

// switchWHOIS is SWITCH's port 43, which lets nobody in.
var switchWHOIS = portManner{speaks: "whois.nic.ch", teller: TellerWHOIS, refuses: true,
	bad: "Requests of this client are not permitted. Please use https://www.nic.ch/whois/ for queries.\n"}

// sidnDAS is .nl's: the word "is" before the name on the WHOIS port.
var sidnDAS = portManner{speaks: "whois.domain-registry.nl:43", teller: TellerDAS,
	query: func(line string) (string, bool) {
		words := strings.Fields(line)
		return queryName(line), len(words) == 2 && words[0] == "is"
	},
	bad:      "Error: invalid query\n",
	limit:    "whois.domain-registry.nl: only 1 request per second allowed, try again later\n",
	free:     func(name string) string { return name + " is free\n" },
	withheld: func(string, state) string { return "Error: invalid domain name\n" }, // an IDN, which .nl has none of
	record: func(rec record) string {
		if strings.Contains(strings.Join(rec.eppStatus, " "), "pendingDelete") {
			return rec.name + " is in quarantine\n"
		}
		return rec.name + " is active\n"
	},
}
