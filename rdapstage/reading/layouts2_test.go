package reading

import (
	"strings"
	"testing"

	"vacant"
)

// strictTaken are records in layouts that registries of the world have used,
// about NAME, without a row for their server.
var strictTaken = []string{
	"Domain NAME (ACTIVE)\n\nAdministrative Contact:\n   PID: 1-KG\n   Name: Example\n\nRecord created: Tue Feb 10 09:44:54 2004\nRecord expires on: Thu Feb 10 09:44:54 2028\n",
	"NAME:\n ACE: NAME (RFC-3490, RFC-3491, RFC-3492)\n\n Titular:\n  Example SA\n\n Servidores de nombre (Domain servers):\n   ns1.example.net (192.0.2.1)\n\n Ultima modificacion al formulario\n (Last database modification): December  4 2025 (23:11:37 GMT)\n",
	"domainname:     NAME\ndomaintype:     ACTIVE\nnserver:        ns1.example.net\nownertype:      ORGANISATION\nregistered:     24/02/2003\norg-name:       Example\n",
	"Domain               : NAME\nCreated on           : 2001-05-15\nExpires on           : 2027-05-14\nLast updated on      : 2025-04-15\n\nDomain server 1      : ns1.example.net\n",
	"Domain name:    NAME\nRegistrar:      abcdomain (ABCDomain LLC)\nStatus:         active\n\nRegistrant:\n    Example Inc.\n    Somewhere\n\nRegistered:     1999-06-05\nLast modified:  2025-02-20\nExpires:        2027-04-15\n",
	"Domain Name: NAME\nRecord created on  1998-08-19 00:00:00\nRecord expires on 2027-08-19 00:00:00\n\nRegistrant:\n  Example\n",
	"Domain Name:\n     NAME\n\nRegistrant:\n     Example\n\nCreated on...................: 2001-02-03\nExpires on..................: 2027-02-03\n",
	"Domain Name:   NAME\nDomain Status: Active\nDNS:           ns1.example.net\nDNS:           ns2.example.net\n",
	"Nom de domaine: NAME\nEtat: actif\nDate de creation: 2003-02-01\nDate d'expiration: 2027-02-01\n",
	"Domain name NAME\nRegistration date: 2001-02-03\nExpiry date: 2027-02-03\nRegistrar: Example\n",
	"[Domain Name]                   NAME\n[Registrant]                    Example\n[Name Server]                   ns1.example.net\n[Created on]                    2001/02/03\n[Status]                        Active\n",
	"a. [Domain Name]                NAME\ng. [Organization]               Example\np. [Name Server]                ns1.example.net\n[State]                         Connected (2027/03/31)\n[Registered Date]               2001/03/22\n",
	"** Domain Name: NAME\nDomain Status: Active\n\n** Registrant:\n   Example\n\n** Domain Servers:\nns1.example.net\n\n** Additional Info:\nCreated on..............: 2001-Aug-23.\nExpires on..............: 2027-Aug-22.\n",
	"domain_name: NAME\nquery_status: 200 Active\ndomain_dateregistered: 1999-02-17T00:00:00+13:00\nregistrar_name: Example\n",
	"domain:       NAME\n\ndescr:        Example\nnserver:      ns1.example.net\nsource:       TEST\n",
	"domain:         NAME\nregistrant:     (not shown)\nholder-c:       EX1\nnsset:          NSS:EX:1\nregistrar:      REG-EX\nregistered:     11.02.2001 12:00:00\nchanged:        11.02.2025 12:00:00\nexpire:         11.02.2027\n",
	"Domain Information\nQuery: NAME\nStatus: Active\nCreated: 03 Feb 2001\nModified: 03 Feb 2025\nExpires: 03 Feb 2027\nName Servers:\n\tns1.example.net\n",
	"Domain ID:D1-TEST\nDomain Name:NAME\nCreated On:03-Feb-2001 10:10:10 UTC\nExpiration Date:03-Feb-2027 10:10:10 UTC\nSponsoring Registrar:Example (R1-TEST)\nStatus:OK\nName Server:NS1.EXAMPLE.NET\nName Server:\n",
	"\tDomain Name: NAME\n\tRegistry Domain ID: D1\n\tRegistrar: Example\n\tCreation Date: 2001-02-03T00:00:00Z\n",
	"NAME is registered\n",
	"The domain NAME is registered.\n",
	"Domain NAME is already registered\n",
	"Domain: NAME\nStatus: REGISTERED\n",
	"Domain: NAME\nStatus: ACTIVE\n",
	"Domain: NAME\nStatus: In use\n",
	"Domain: NAME\nStatus: connect\n",
	"Domain: NAME\nStatus: Taken\n",
	"Domain: NAME\nStatus: Delegated\n",
	"Domain: NAME\nStatus: not free\n",
	"Domínio: NAME\nEstado: Activo\nData de registo: 03-02-2001\nTitular: Example\n",
	"Dominio: NAME\nEstado: activo\nTitular: Example\nFecha de registro: 03/02/2001\nFecha de vencimiento: 03/02/2027\n",
	"Nombre del dominio: NAME\nEstado: Registrado\nFecha de creación: 03-02-2001\n",
	"Domena: NAME\nRejestrator: Example\nstatus: aktywna\ncreated: 2001.02.03\nnameservers: ns1.example.net.\n",
	"Doménové jméno: NAME\nDržitel: Example\nDatum registrace: 2001-02-03\nName server: ns1.example.net\n",
	"Alan Adı: NAME\nDurum: Aktif\nKayıt Tarihi: 2001-02-03\nBitiş Tarihi: 2027-02-03\nNS: ns1.example.net\n",
	"Домен: NAME\nСтатус: активен\nДата регистрации: 2001-02-03\nРегистратор: Example\nСервер: ns1.example.net\n",
	"도메인이름                  : NAME\n등록인                      : Example\n등록일                      : 2001. 02. 03.\n사용 종료일                 : 2027. 02. 03.\n",
	"域名: NAME\n注册商: Example\n注册时间: 2001-02-03\n到期时间: 2027-02-03\n",
	"[ドメイン名]                    NAME\n[登録者名]                      Example\n[登録年月日]                    2001/02/03\n[有効期限]                      2027/02/03\n[状態]                          Active\n",
	"Domain-name: NAME\nHolder: Example\nAdministrative contact: EX\nPrimary server: ns1.example.net\n",
	"Complete Domain Name........: NAME\n\nOrganization Name...........: Example\nPrimary name server hostname........: ns1.example.net\nRegistered..................: 03-02-2001\n",
	"Domain Name..........: NAME\nRegistrar............: Example\nDate of creation.....: 2001-02-03\n",
	"Name: NAME\nStatus: active\nRegistrar: Example\nCreated: 2001-02-03\nNameserver: ns1.example.net\n",
	"Domain Name:NAME\nROID:2001-cn\nDomain Status:ok\nRegistrant:Example\nSponsoring Registrar:Example\nName Server:ns1.example.net\nRegistration Time:2001-02-03 00:00:00\nExpiration Time:2027-02-03 00:00:00\n",
	"Registrant:\n   Example\n   Domain Name: NAME\n\n   Administrative Contact:\n      Example\n\n   Record expires on 2027-02-03.\n   Record created on 2001-02-03.\n\n   Domain servers in listed order:\n   ns1.example.net\n",
	"Record of domain NAME\nHolder: Example\nCreated: 2001-02-03\nNS: ns1.example.net\n",
	"<<< Domain Name: NAME >>>\nRegistrar: Example\nCreated: 2001-02-03\n",
	"*** Domain Name: NAME\n*** Registrar: Example\n*** Created: 2001-02-03\n",
	"Domain name      = NAME\nRegistrar        = Example\nCreated          = 2001-02-03\nName server      = ns1.example.net\n",
	"DOMAIN: NAME\nRSP: Example\nURL: http://example.net\nCREATED-DATE: 2001-02-03\nEXPIRATION-DATE: 2027-02-03\nOWNER-NAME: Example\n",
}

func TestRecordsOfAnyLayoutReadRegistered(t *testing.T) {
	missed := 0
	for _, layout := range strictTaken {
		text := strings.ReplaceAll(layout, "NAME", strictName)
		if got := WHOIS(strictHost, strictName, false, []byte(text)); got.Verdict != vacant.Registered {
			missed++
			t.Errorf("%v %q by %q: %.70q", got.Verdict, got.Reason, got.Matched, layout)
		}
		if got := WHOIS(strictHost, "x"+strictName, false, []byte(text)); got.Verdict != vacant.Undetermined {
			t.Errorf("%v for another name by %q: %.70q", got.Verdict, got.Matched, layout)
		}
		upper := strings.ReplaceAll(layout, "NAME", strings.ToUpper(strictName))
		if got := WHOIS("whois.registrar.example", strictName, false, []byte(upper)); got.Verdict != vacant.Registered {
			t.Errorf("%v in upper case from a registrar: %.70q", got.Verdict, layout)
		}
	}
	t.Logf("%d of %d missed", missed, len(strictTaken))
}
