CREATE TABLE `policies` (
	`target` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`comment` text NOT NULL,
	`document` text NOT NULL,
	PRIMARY KEY(`target`, `version`)
) WITHOUT ROWID;
