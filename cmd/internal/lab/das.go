package lab

import "strings"

// The availability services: a line in, one of a few words out.

// euridDAS is EURid's. It is asked about the label alone, after "get 1.0".
var euridDAS = portManner{speaks: "das.eu:4343", teller: TellerDAS,
	query: func(line string) (string, bool) {
		label, ok := afterGet(line)
		return label + ".eu", ok && !strings.Contains(label, ".")
	},
	bad:      euridRemark + "%% RC = -1\n% Invalid query\n",
	limit:    "-1: Still in grace period, wait 1 seconds\n",
	free:     func(name string) string { return euridReply(name, "AVAILABLE") },
	record:   func(rec record) string { return euridReply(rec.name, euridStatus(rec)) },
	withheld: func(name string, st state) string { return euridReply(name, euridKeeps(st)) },
}

const euridRemark = "% .eu Domain Availability Server of a simulated registry\n%\n"

func euridReply(name, status string) string {
	label, _, _ := strings.Cut(name, ".")
	return euridRemark + "%% RC = 0\nDomain: " + label + "\nStatus: " + status + "\n"
}

// afterGet takes the name out of "get 1.0 NAME".
func afterGet(line string) (name string, ok bool) {
	words := strings.Fields(line)
	return queryName(line), len(words) == 3 && words[0] == "get" && words[1] == "1.0"
}

// euridStatus is the word for a registered name: after its deletion it is in
// quarantine for 40 days.
func euridStatus(rec record) string {
	switch {
	case rec.deleted():
		return "QUARANTINE"
	case rec.onHold():
		return "ON HOLD"
	}
	return "NOT AVAILABLE"
}

// belgiumDAS is DNS Belgium's, which has no word for what it keeps back.
var belgiumDAS = portManner{speaks: "das.dns.be:4343", teller: TellerDAS,
	query: bareName, bad: "RC:\t-1\n", limit: "RC:\t-2\n",
	free: func(name string) string { return belgiumReply(name, "AVAILABLE") },
	record: func(rec record) string {
		if rec.deleted() {
			return belgiumReply(rec.name, "QUARANTINE")
		}
		return belgiumReply(rec.name, "NOT AVAILABLE")
	},
}

func belgiumReply(name, status string) string {
	return "RC:\t0\nDomain:\t" + name + "\nStatus:\t" + status + "\n"
}

// domregDAS is .lt's.
var domregDAS = portManner{speaks: "das.domreg.lt:4343", teller: TellerDAS,
	query: afterGet, bad: domregRemark + "% Invalid query\n", limit: domregRemark + "Query limit exceeded\n",
	free: func(name string) string { return domregReply(name, "available") },
	record: func(rec record) string {
		if rec.deleted() {
			return domregReply(rec.name, "pendingDelete")
		}
		return domregReply(rec.name, "registered")
	},
	withheld: func(name string, st state) string { return domregReply(name, strings.ToLower(euridKeeps(st))) },
}

const domregRemark = "% simulated .lt registry DAS service\n"

func domregReply(name, status string) string {
	return domregRemark + "Domain: " + name + "\nStatus: " + status + "\n"
}

// switchDAS is SWITCH's: a bare name, and a number that says all.
var switchDAS = portManner{speaks: "whois.nic.ch:4343", teller: TellerDAS,
	query: bareName,
	bad:   "-1: Invalid enquiry\n", limit: "-95: Access restricted.\n",
	free: func(string) string { return "1: This domain name can be registered.\n" },
	record: func(record) string {
		return "0: This domain name can not be registered.\nReason: This domain name is already registered.\n"
	},
}

// bareName takes a line for a name that is nothing but one.
func bareName(line string) (name string, ok bool) {
	return queryName(line), len(strings.Fields(line)) == 1
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
	bad:   "Error: invalid query\n",
	limit: "whois.domain-registry.nl: only 1 request per second allowed, try again later\n",
	free:  func(name string) string { return name + " is free\n" },
	record: func(rec record) string {
		switch {
		case rec.deleted():
			return rec.name + " is in quarantine\n"
		case rec.onHold():
			return rec.name + " is inactive\n"
		}
		return rec.name + " is active\n"
	},
	withheld: func(string, state) string { return "Error: invalid domain name\n" }, // an IDN, which .nl has none of
}

// iisDAS is that of .se and .nu, which speaks HTTP.
var iisDAS = portManner{speaks: "free.iis.se:80", teller: TellerDAS, http: true,
	bad: "", limit: "",
	free:   func(name string) string { return "free " + name },
	record: func(rec record) string { return "occupied " + rec.name },
}
