-- A store of version 1, as the program of that version left it.
PRAGMA application_id = 1296123721;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE claims (
                dossier_id TEXT NOT NULL PRIMARY KEY,
                owner TEXT NOT NULL,
                expires_at REAL NOT NULL
            );
CREATE TABLE dossiers (
                dossier_id TEXT NOT NULL PRIMARY KEY,
                suffix TEXT NOT NULL,
                last_seq INTEGER NOT NULL,
                kind TEXT NOT NULL,
                question TEXT NOT NULL,
                method TEXT NOT NULL,
                protocol TEXT NOT NULL,
                status TEXT NOT NULL,
                outcome TEXT,
                ruling TEXT,
                provisional INTEGER NOT NULL,
                opened_at REAL NOT NULL,
                updated_at REAL NOT NULL
            );
INSERT INTO "dossiers" VALUES('00000001-0000-7000-8000-000000000000','00000000',5,'deliberation','Should we ship?','yes_no','vote','undecided','tie',NULL,0,1700000000.0,1700000003.0);
INSERT INTO "dossiers" VALUES('00000002-0000-7000-8000-000000000000','00000000',3,'deliberation','Should we ship?','yes_no','vote','running',NULL,NULL,0,1700000063.0,1700000063.0);
CREATE TABLE events (
                dossier_id TEXT NOT NULL REFERENCES dossiers (dossier_id) ON DELETE CASCADE,
                seq INTEGER NOT NULL CHECK (seq > 0),
                at REAL NOT NULL,
                event TEXT NOT NULL,
                PRIMARY KEY (dossier_id, seq)
            );
INSERT INTO "events" VALUES('00000001-0000-7000-8000-000000000000',1,1700000000.0,'{"type":"case_opened","version":1,"case":{"dossier_id":"00000001-0000-7000-8000-000000000000","question":"Should we ship?","context":"","method":"yes_no","options":[],"protocol":"vote","procedure":"vote@1","seats":[{"name":"casper","model":"openai/c","lens":null,"family":null,"trust":0.0},{"name":"melchior","model":"openai/m","lens":null,"family":null,"trust":0.0},{"name":"balthasar","model":"openai/b","lens":null,"family":null,"trust":0.0}],"arbiter":null,"allow_abstain":true,"language":"English","instructions":"","rapporteur":"auto","rapporteur_prompt":"","anonymous":false,"limits":{"max_rounds":3,"min_rounds":0,"vote_threshold":0.5,"settled_share":0.8,"critique_share":0.4,"min_voices":2,"timeout_s":60.0,"deadline_s":600.0},"seed":"0000000000000000000000000000000000000000000000000000000000000000","prompts":{"yes_no":"Answer yes or no."},"prompt_overrides":{},"warnings":[]}}');
INSERT INTO "events" VALUES('00000001-0000-7000-8000-000000000000',2,1700000002.0,'{"type":"reply_received","ask_id":"r1/casper","seat":"casper","reply":{"kind":"answered","text":"yes","served_by":"openai/c","usage":{"calls":2,"tokens_in":300,"tokens_out":40,"cost_usd":0.25},"elapsed_s":1.5,"repairs":0},"ballot":null}');
INSERT INTO "events" VALUES('00000001-0000-7000-8000-000000000000',3,1700000002.0,'{"type":"reply_received","ask_id":"r1/melchior","seat":"melchior","reply":{"kind":"answered","text":"no","served_by":"\u0010escaped:openai/m\\x00","usage":{"calls":1,"tokens_in":10,"tokens_out":null,"cost_usd":null},"elapsed_s":0.5,"repairs":0},"ballot":null}');
INSERT INTO "events" VALUES('00000001-0000-7000-8000-000000000000',4,1700000002.0,'{"type":"reply_received","ask_id":"r1/balthasar","seat":"balthasar","reply":{"kind":"failed","failure":"server","detail":"HTTP 500: \"down\"","retryable":true,"usage":{"calls":1,"tokens_in":null,"tokens_out":null,"cost_usd":null},"elapsed_s":2.0},"ballot":null}');
INSERT INTO "events" VALUES('00000001-0000-7000-8000-000000000000',5,1700000003.0,'{"type":"verdict_reached","decision":{"findings":{"route":[],"outcome":"tie","ruling":null,"decided_by":"none","arbiter":null,"probability":null,"estimate":null,"answer":null,"agreement":null,"confidence":null,"tally":[],"blind_vote":null,"ballots":[],"minority_report":[],"mind_changes":[],"pivotal_seats":[],"ranking":null,"synthesis":null,"open_questions":[]},"rounds":1,"labels":{},"degraded":true,"provisional":false,"warnings":[]}}');
INSERT INTO "events" VALUES('00000002-0000-7000-8000-000000000000',1,1700000063.0,'{"type":"case_opened","version":1,"case":{"dossier_id":"00000002-0000-7000-8000-000000000000","question":"Should we ship?","context":"","method":"yes_no","options":[],"protocol":"vote","procedure":"vote@1","seats":[{"name":"casper","model":"openai/c","lens":null,"family":null,"trust":0.0},{"name":"melchior","model":"openai/m","lens":null,"family":null,"trust":0.0},{"name":"balthasar","model":"openai/b","lens":null,"family":null,"trust":0.0}],"arbiter":null,"allow_abstain":true,"language":"English","instructions":"","rapporteur":"auto","rapporteur_prompt":"","anonymous":false,"limits":{"max_rounds":3,"min_rounds":0,"vote_threshold":0.5,"settled_share":0.8,"critique_share":0.4,"min_voices":2,"timeout_s":60.0,"deadline_s":600.0},"seed":"0000000000000000000000000000000000000000000000000000000000000000","prompts":{"yes_no":"Answer yes or no."},"prompt_overrides":{},"warnings":[]}}');
INSERT INTO "events" VALUES('00000002-0000-7000-8000-000000000000',2,1700000063.0,'{"type":"reply_received","ask_id":"r1/casper","seat":"casper","reply":{"kind":"abstained","reason":"I cannot tell.","served_by":"openai/c","usage":{"calls":0,"tokens_in":0,"tokens_out":0,"cost_usd":0.0},"elapsed_s":0.0},"ballot":null}');
INSERT INTO "events" VALUES('00000002-0000-7000-8000-000000000000',3,1700000063.0,'{"type":"reply_received","ask_id":"r1/melchior","seat":"melchior","reply":{"kind":"failed","failure":"authentication","detail":"no key","retryable":false,"usage":{"calls":0,"tokens_in":0,"tokens_out":0,"cost_usd":0.0},"elapsed_s":0.0},"ballot":null}');
CREATE TABLE texts (address TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL);
CREATE INDEX dossiers_by_suffix ON dossiers (suffix);
COMMIT;
