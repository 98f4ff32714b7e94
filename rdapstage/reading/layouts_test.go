package reading

import (
	"strings"
	"testing"

	"vacant"
)

// freeLayouts are the "not found" lines of servers near and far, in the words
// they use, about NAME.
var freeLayouts = []struct{ host, name, text string }{
	{"whois.nic.uk", "example123.co.uk", "\n    No match for \"NAME\".\n\n    This domain name has not been registered.\n\n    WHOIS lookup made at 10:00:00 01-Mar-2026\n\n-- \nThis WHOIS information is provided for free by Nominet UK the central registry\nfor .uk domain names. This information and the .uk WHOIS are:\n\n    Copyright Nominet UK 1996 - 2026.\n\nYou may not access the .uk WHOIS or use any data from it except as permitted\nby the terms of use available in full at https://www.nominet.uk/whoisterms\n"},
	{"whois.registro.br", "example123.com.br", "\n% Copyright (c) Nic.br\n%  The use of the data below is only permitted as described in\n%  full by the terms of use at https://registro.br/termo/en.html ,\n%  being prohibited its distribution, commercialization or\n%  reproduction, in particular, to use it for advertising or\n%  any similar purpose.\n%  2026-03-01T10:00:00-03:00 - IP: 192.0.2.1\n\n% No match for domain \"NAME\"\n\n% Security and mail abuse issues should also be addressed to\n% cert.br, http://www.cert.br/ , respectivelly to cert@cert.br\n"},
	{"whois.cira.ca", "example123.ca", "Not found: NAME\n%\n% Use of CIRA's WHOIS service is governed by the Terms of Use in its Legal\n% Notice, available at http://www.cira.ca/legal-notice/?lang=en\n"},
	{"whois.cira.ca", "example123.ca", "Domain name:           NAME\nDomain status:         available\n\n% Use of CIRA's WHOIS service is governed by the Terms of Use\n"},
	{"whois.dns.be", "example123.be", "% .be Whois Server 6.1\n%\n% The WHOIS service offered by DNS Belgium and the access to the records in the DNS Belgium\n% WHOIS database are provided for information purposes only.\n\nDomain:\tNAME\nStatus:\tAVAILABLE\n"},
	{"whois.nic.it", "example123.it", "Domain:             NAME\nStatus:             AVAILABLE\n\n*********************************************************************\n* Please note that the following result could be a subgroup of      *\n* the data contained in the database.                               *\n*********************************************************************\n"},
	{"whois.kr", "example123.kr", "query : NAME\n\n\n# KOREAN(UTF8)\n\n\uc0c1\uae30 \ub3c4\uba54\uc778\uc774\ub984\uc740 \ub4f1\ub85d\ub418\uc5b4 \uc788\uc9c0 \uc54a\uc2b5\ub2c8\ub2e4.\n\n# ENGLISH\n\nThe requested domain was not found in the Registry or Registrar\u2019s WHOIS Server.\n\n- KISA/KRNIC WHOIS Service -\n"},
	{"whois.domreg.lt", "example123.lt", "% Hello, this is the DOMREG whois service.\n%\n% By submitting a query you agree not to use the information made\n% available to: allow or support the transmission of unsolicited mail\n%\n% More information on https://whois.lt\n%\nDomain:\t\tNAME\nStatus:\t\tavailable\n"},
	{"whois.dns.lu", "example123.lu", "% Access to RESTENA DNS-LU WHOIS information is provided to assist persons\n% in determining the content of a domain name registration record in the LU\n% registration database. You agree to use it for lawful purposes.\n%\n% WHOIS NAME\n% No such domain\n"},
	{"whois.dns.pl", "example123.pl", "No information available about domain name NAME in the Registry NASK database.\n\nWHOIS displays data with a delay not exceeding 15 minutes in relation to the .pl Registry system\n"},
	{"whois.norid.no", "example123.no", "% By looking up information in the domain registration directory\n% service, you confirm that you accept the terms and conditions of the\n% service:\n% https://www.norid.no/en/domeneoppslag/vilkar/\n%\n% Norid AS holds the copyright to the lookup service, content,\n% layout and the underlying collections of information used in the\n% service (cf. the Act on Intellectual Property of May 2, 1961, No.\n% 2).\n\n% No match\n"},
	{"whois.rotld.ro", "example123.ro", "\n% The WHOIS service offered by ROTLD and the access to the records in the ROTLD WHOIS database\n% are provided for information purposes and to be used within the scope of technical purposes.\n\n% No entries found for the selected source(s).\n"},
	{"whois.ua", "example123.com.ua", "% This is the Ukrainian Whois query server #I.\n% The Whois is subject to Terms of use\n% See https://hostmaster.ua/services/\n%\n\n% No entries found for NAME\n"},
	{"whois.isoc.org.il", "example123.co.il", "\n% The data in the WHOIS database of the .il registry is provided\n% by ISOC-IL for information purposes, and to assist persons in \n% obtaining information about or related to a domain name \n% registration record. ISOC-IL does not guarantee its accuracy.\n\n% No data was found to match the request criteria.\n"},
	{"whois.nic.lk", "example123.lk", "\nThis Domain is not available in our whois database\n\nThe data in the LK Domain Registry is provided for information purposes only\n"},
	{"whois.tld.ee", "example123.ee", "\nDomain not found\n\n\nEstonia .ee Top Level Domain WHOIS server\nMore information at http://internet.ee\n"},
	{"whois.nic.hu", "example123.hu", "% Whois server 4.0 serving the hu ccTLD\n\nNo match / Nincs tal\u00e1lat\n"},
	{"whois.mynic.my", "example123.my", "\nWelcome to MYNIC Berhad Whois Server\n\nFor alternative search, use whois.mynic.my/domain.jsp?dn=NAME\n\nDomain Name [NAME] does not exist in database\n"},
	{"whois.register.bg", "example123.bg", "Domain name NAME does not exist in database!\n\nThis whois service is provided by Register.BG for information purposes only\n"},
	{"whois.isnic.is", "example123.is", "% This is the ISNIC Whois server.\n%\n% Rights restricted by copyright.\n% See https://www.isnic.is/en/about/copyright\n\n% No entries found for query \"NAME\".\n"},
	{"whois.nic.bj", "example123.bj", "% This is the .bj whois server, subject to terms of use.\n\nNo records matching NAME found.\n"},
	{"whois.nic.net.sa", "example123.sa", "% SaudiNIC Whois server.\n% Rights restricted by copyright.\n% http://nic.sa/en/view/whois-cmd-copyright\n\nThe Domain Name \"NAME\" was not found\n"},
	{"whois.biz", "example123.biz", "Not found: NAME\n\n>>>> Whois database was last updated on: Wed Jan 22 22:06:14 GMT 2014 <<<<\n\nNeuStar, Inc., the Registry Operator for .BIZ, has collected this information\nfor the WHOIS database through an ICANN-Accredited Registrar. You agree to the terms.\n"},
	{"whois.nic.us", "example123.us", "No Data Found\nURL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.registry.co", "example123.co", "No Data Found\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n\nThe above WHOIS results have been redacted to remove potential personal data.\n"},
	{"whois.pir.org", "example123.org", "NOT FOUND\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n\nTerms of Use: Access to Public Interest Registry WHOIS information is provided to assist persons\n"},
	{"whois.nic.io", "example123.io", "Domain NAME is available for purchase\n\nPlease visit http://www.nic.io/ for more information\n"},
	{"whois.nic.online", "example123.online", "Domain NAME is available for registration\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.nic.me", "example123.me", "Domain not found.\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.gg", "example123.gg", "NOT FOUND\n\nWHOIS query results shown may lag behind the Register.\n"},
	{"whois.nic.ve", "example123.ve", "\nServidor Whois del Centro de Informacion de Red de Venezuela (NIC.VE)\n\nNo match for \"NAME\"\n"},
	{"whois.nic.ar", "example123.ar", "% La informacion a la que estas accediendo se provee exclusivamente para\n% fines relacionados con operaciones sobre nombres de dominios y DNS,\n% quedando absolutamente prohibido su uso para otros fines.\n\nEl dominio no se encuentra registrado en NIC Argentina\n"},
	{"whois.nic.cl", "example123.cl", "%%\n%% This is the NIC Chile Whois server (whois.nic.cl).\n%%\n%% Rights restricted by copyright.\n%%\n\nNAME: no entries found.\n"},
	{"whois.mx", "example123.mx", "No_Se_Encontro_El_Objeto/Object_Not_Found\n\n% NOTICE: The expiration date displayed in this record is the date the registrar's terms\n"},
	{"whois.registre.ma", "example123.ma", "Status: No Object Found\nDomain Name: NAME\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.sgnic.sg", "example123.sg", "Domain Not Found\n\n    The SGNIC WHOIS service is provided for information purposes only\n"},
	{"whois.thnic.co.th", "example123.th", "Whois Server Version 2.1.6\n% No match for \"NAME\".\n% Terms of use apply to this service and its data.\n"},
	{"whois.twnic.net.tw", "example123.tw", "No Found\n\nRegistration Service Provider list: https://www.twnic.tw/dnservice.php and terms\n"},
	{"whois.nic.pw", "example123.pw", "The queried object does not exist: DOMAIN NOT FOUND\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.dns.hr", "example123.hr", "% The WHOIS service of .hr, subject to terms of use.\n%ERROR: no entries found\n"},
	{"whois.nic.af", "example123.af", "Domain Name: NAME\nDomain Status: No Object Found\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.amnic.net", "example123.am", "%\n%AM TLD whois server #1\n%Please see 'whois -h whois.amnic.net help' for usage.\n%\n\n%\tNo match\n"},
	{"whois.nic.st", "example123.st", "ST Registry Whois Server\nThe Domain NAME has not been registered yet.\nPlease visit http://www.nic.st/\n"},
	{"whois.marnet.mk", "example123.mk", "% Domain Information over Whois protocol\n% Whoisd Server Version: 3.9.0\n% Terms of use: https://marnet.mk\n%ERROR:101: no entries found\n"},
	{"whois.monic.mo", "example123.mo", "\nMonic Whois Server Version 1.0\n\nNo match for NAME\n\nFor other inquiries see www.monic.mo\n"},
	{"whois.educause.edu", "example123.edu", "This Registry database contains ONLY .EDU domains.\nThe data in the EDUCAUSE Whois database is provided\nby EDUCAUSE for information purposes in order to\nassist in the process of obtaining information about\nor related to .edu domain registration records.\n\n--------------------------\n\nNO MATCH: NAME\n"},
	{"whois.nic.sm", "example123.sm", "% SM WHOIS service, provided for information purposes\n\nNo entries found.\n"},
	{"whois.ati.tn", "example123.tn", "Domain Name: NAME\nDomain Status: No Object Found\n# Whois terms of use apply here.\n"},
	{"whois.nc", "example123.nc", "Whois server for .nc, subject to its terms of use.\nNo entries found in the .nc database\n"},
	{"whois.nic.as", "example123.as", "Domain not found\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
	{"whois.ax", "example123.ax", "Domain not found\n\nCopyright (c) \u00c5lands landskapsregering, terms apply\n"},
	{"whois.kg", "example123.kg", "% This is the .kg ccTLD Whois server\n% Register your own domain at http://www.domain.kg\n% Whois web service: http://www.domain.kg/whois_en\n\nThis domain is available for registration\n"},
	{"whois.nic.gp", "example123.gp", "%% NIC GP whois\n%% Rights restricted by copyright.\nNo match for domain NAME\n"},
	{"whois.nic.hn", "example123.hn", "Domain Name: NAME\nDomain Status: Available\n>>> Last update of WHOIS database: 2026-03-01T10:00:00Z <<<\n"},
}

func TestFreeLayouts(t *testing.T) {
	for _, c := range freeLayouts {
		text := strings.ReplaceAll(c.text, "NAME", c.name)
		if got := WHOIS(c.host, vacant.Name(c.name), false, []byte(text)); got.Verdict != vacant.Available {
			t.Errorf("%s: %v %q by %q", c.host, got.Verdict, got.Reason, got.Matched)
		}
		if got := WHOIS(c.host, vacant.Name("x"+c.name), false, []byte(text)); got.Verdict == vacant.Available && strings.Contains(c.text, "NAME") {
			t.Errorf("%s: available for another name", c.host)
		}
	}
}

// takenLayouts are records of servers near and far, in their layouts.
var takenLayouts = []struct{ host, name, text string }{
	{"whois.nic.uk", "example.co.uk", "\n    Domain name:\n        example.co.uk\n\n    Data validation:\n        Nominet was able to match the registrant's name and address\n\n    Registrar:\n        Example Ltd [Tag = EX]\n        URL: https://example.net\n\n    Relevant dates:\n        Registered on: 01-Aug-1996\n        Expiry date:  01-Aug-2027\n\n    Registration status:\n        Registered until expiry date.\n\n    Name servers:\n        ns1.example.net\n"},
	{"whois.gg", "example.gg", "Domain:\n     example.gg\n\nDomain Status:\n     Active\n     Transfer Prohibited by Registrar\n\nRegistrant:\n     Example Person\n\nRelevant dates:\n     Registered on 30th April 2003 at 00:00:00.000\n"},
	{"whois.kr", "example.kr", "query : example.kr\n\n\n# KOREAN(UTF8)\n\n\ub3c4\uba54\uc778\uc774\ub984                  : example.kr\n\ub4f1\ub85d\uc778                      : Example\n\n# ENGLISH\n\nDomain Name                 : example.kr\nRegistrant                  : Example\nRegistered Date             : 2001. 02. 03.\nExpiration Date             : 2031. 02. 03.\nName Server\n   Host Name                : ns1.example.net\n"},
	{"whois.nic.it", "example.it", "Domain:             example.it\nStatus:             ok\nSigned:             no\nCreated:            2001-02-03 00:00:00\nLast Update:        2025-02-19 00:55:10\nExpire Date:        2027-02-03\n\nRegistrant\n  Organization:     Example SRL\n"},
	{"whois.registro.br", "example.com.br", "% Copyright (c) Nic.br\n\ndomain:      example.com.br\nowner:       Example Ltda\nnserver:     a.dns.br\ncreated:     20010203 #12345\nexpires:     20270203\nstatus:      published\n"},
	{"whois.dns.pl", "example.pl", "DOMAIN NAME:           example.pl\nregistrant type:       organization\nnameservers:           ns1.example.net.\ncreated:               2001.02.03 12:00:00\nlast modified:         2025.02.03 12:00:00\nrenewal date:          2027.02.03 12:00:00\n\nREGISTRAR:\nExample Sp. z o.o.\n"},
	{"whois.dns.be", "example.be", "Domain:\texample.be\nStatus:\tNOT AVAILABLE\nRegistered:\tMon Feb 5 2001\n\nRegistrant:\n\tNot shown, please visit www.dnsbelgium.be for webbased whois.\n"},
	{"whois.dns.be", "quarantine.be", "Domain:\tquarantine.be\nStatus:\tQUARANTINE\nRegistered:\tMon Feb 5 2001\n"},
	{"whois.cira.ca", "example.ca", "Domain Name: example.ca\nRegistry Domain ID: D1-CIRA\nRegistrar: Example Inc\nCreation Date: 2001-02-03T04:05:06Z\nDomain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\n"},
	{"whois.isnic.is", "example.is", "domain:       example.is\nregistrant:   EX1-IS\nadmin-c:      EX1-IS\nnserver:      ns1.example.net\ndnssec:       unsigned delegation\ncreated:      February  3 2001\nexpires:      February  3 2027\nsource:       ISNIC\n"},
	{"whois.twnic.net.tw", "example.tw", "Domain Name: example.tw\n   Domain Status: clientTransferProhibited\n   Registrant:\n      (Redacted for privacy)\n   Record expires on 2027-02-03 00:00:00 (UTC+8)\n   Record created on 2001-02-03 00:00:00 (UTC+8)\n\n   Domain servers in listed order:\n      ns1.example.net\n"},
	{"whois.educause.edu", "example.edu", "This Registry database contains ONLY .EDU domains.\n\n--------------------------\n\nDomain Name: EXAMPLE.EDU\n\nRegistrant:\n\tExample University\n\tMain Street\n\nName Servers:\n\tNS1.EXAMPLE.EDU\n\nDomain record activated:    03-Feb-1991\nDomain expires:             31-Jul-2027\n"},
	{"whois.nic.ve", "example.ve", "Nombre de Dominio: example.ve\n\nTitular:\n   Example (example.ve-dom)\n   Caracas\n\nFecha de Creacion: 2001-02-03 00:00:00\nFecha de Vencimiento: 2027-02-03 00:00:00\nEstatus del dominio: ACTIVO\n"},
	{"whois.rotld.ro", "example.ro", "  Domain Name: example.ro\n  Registered On: Before 2001\n  Expires On: 2027-02-03\n  Registrar: Example SRL\n  Domain Status: OK\n"},
	{"whois.domreg.lt", "example.lt", "% Hello, this is the DOMREG whois service.\n%\nDomain:\t\t\texample.lt\nStatus:\t\t\tregistered\nRegistered:\t\t2001-02-03\nExpires:\t\t2027-02-04\n%\nRegistrar:\t\tExample UAB\n"},
	{"whois.tld.ee", "example.ee", "Domain:\nname:       example.ee\nstatus:     ok (paid and in zone)\nregistered: 2001-02-03 00:00:00 +02:00\nexpire:     2027-02-04\n\nRegistrant:\nname:       Example\n"},
	{"whois.norid.no", "example.no", "NORID Handle...............: EXA1D-NORID\nDomain Name................: example.no\nRegistrar Handle...........: REG1-NORID\nName Server Handle.........: NSEX1H-NORID\n\nAdditional information:\nCreated:         2001-02-03\nLast updated:    2025-02-03\n"},
	{"whois.nic.hu", "example.hu", "% Whois server 4.0 serving the hu ccTLD\n\ndomain:         example.hu\nrecord created: 2001-02-03 00:00:00\nTovabbi adatokert ld.:\nhttps://www.domain.hu/domain-kereses/\n"},
	{"whois.mynic.my", "example.my", "a [Domain Name]                 example.my\nb [Registration No.]            D1A000\nc [Record Created]              03-FEB-2001\nd [Record Expired]              03-FEB-2027\ng [Registrant Code]             EX\n"},
	{"whois.thnic.co.th", "example.co.th", "Whois Server Version 2.1.6\n\nDomain Name:                 EXAMPLE.CO.TH\nRegistrar:                   T.H.NIC Co., Ltd.\nName Server:                 NS1.EXAMPLE.NET\nStatus:                      ACTIVE\nCreated date:                03 Feb 2001\nExp date:                    03 Feb 2027\n"},
	{"whois.registry.qa", "example.qa", "Domain Name:                     example.qa\nLast Modified:                   03-Feb-2025 10:10:10 UTC\nRegistrar Name:                  Example\nStatus:                          ok\n\nRegistrant Contact Name:         Example\nName Server:                     ns1.example.net\n"},
	{"whois.nic.mx", "example.mx", "\nDomain Name:       example.mx\n\nCreated On:        2001-02-03\nExpiration Date:   2027-02-02\nLast Updated On:   2025-02-03\nRegistrar:         Example\nURL:               http://example.net\n"},
	{"whois.dns.hr", "example.hr", "%\n% The Data in the .HR WHOIS\n%\n\nDomain Name: example.hr\nCreation Date: 2001-02-03T00:00:00Z\nRegistrant Name: Example d.o.o.\n"},
	{"whois.ua", "example.com.ua", "% This is the Ukrainian Whois query server #I.\n\ndomain:           example.com.ua\ndom-public:       NO\nmnt-by:           ua.example\nnserver:          ns1.example.net\nstatus:           clientTransferProhibited\ncreated:          2001-02-03 10:10:10+02\nexpires:          2027-02-03 10:10:10+02\nsource:           UAEPP\n"},
	{"whois.register.bg", "example.bg", "DOMAIN NAME: example.bg (example.bg)\nrequested on: 03/02/2001 00:00:00 EET\nprocessed from: 03/02/2001 16:38:59 EET\nactivated on: 03/02/2001 16:39:00 EET\nexpires at: 03/02/2027 00:00:00 EET\nregistration status: Registered\n\nNAME SERVER INFORMATION:\nns1.example.net\n"},
	{"whois.isoc.org.il", "example.co.il", "query:        example.co.il\n\nreg-name:     example\ndomain:       example.co.il\n\ndescr:        Example Ltd\nadmin-c:      II-EX1-IL\nnserver:      ns1.example.net\nvalidity:     03-02-2027\nDNSSEC:       unsigned\nstatus:       Transfer Locked\nchanged:      domain-registrar AT isoc.org.il 20010203 (Assigned)\n"},
	{"whois.sgnic.sg", "example.sg", "    Domain Name:\t\texample.sg\n    Updated Date:\t\t2025-02-03T00:00:00Z\n    Creation Date:\t\t2001-02-03T00:00:00Z\n    Registrar:\t\t\tExample Pte Ltd\n    Domain Status:\t\tOK\n"},
	{"whois.nic.us", "example.us", "Domain Name: example.us\nRegistry Domain ID: D1-US\nRegistrar WHOIS Server: whois.example.net\nRegistrar: Example\nCreation Date: 2002-04-18T15:16:22Z\n"},
	{"whois.nic.io", "example.io", "Domain : example.io\nStatus : Live\nExpiry : 2027-02-03\n\nNS 1   : ns1.example.net\n\nOwner  : Example\n"},
	{"whois.nic.sn", "example.sn", "Domain ID:                     DOM1-SN\nNom de domaine:                example.sn\nDate de cr\u00e9ation:              2003-03-22T00:00:00Z\nDate d'expiration:             2027-02-03T12:00:00Z\nRegistrar:                     Example Inc.\nStatut:                        actif\n"},
	{"whois.nic.cr", "example.cr", "Nombre del dominio: example.cr\nFecha de creaci\u00f3n: 03/02/2001\nEstado: activo\n"},
	{"whois.nic.st", "example.st", "ST Registry Whois Server\nDomain Name: example.st\nRegistrar: Example\nCreation Date: 2001-02-03\n"},
}

func TestTakenLayouts(t *testing.T) {
	for _, c := range takenLayouts {
		if got := WHOIS(c.host, vacant.Name(c.name), false, []byte(c.text)); got.Verdict != vacant.Registered {
			t.Errorf("%s: %v %q by %q", c.host, got.Verdict, got.Reason, got.Matched)
		}
		if got := WHOIS(c.host, vacant.Name("x"+c.name), false, []byte(c.text)); got.Verdict != vacant.Undetermined {
			t.Errorf("%s: %v for another name by %q", c.host, got.Verdict, got.Matched)
		}
	}
}
