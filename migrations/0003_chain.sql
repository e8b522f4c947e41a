CREATE TABLE `heads` (
	`session_id` text NOT NULL,
	`entries` integer NOT NULL,
	`hash` text NOT NULL,
	`at` integer NOT NULL,
	`final` integer NOT NULL,
	`kid` text NOT NULL,
	`signature` text NOT NULL,
	PRIMARY KEY(`session_id`, `entries`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `chunks_new` (
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`stream` text NOT NULL,
	`n` integer NOT NULL,
	`entry` integer,
	`hash` text,
	`place` integer,
	`bytes` blob NOT NULL,
	PRIMARY KEY(`session_id`, `seq`, `stream`, `n`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `chunks_new` (`session_id`, `seq`, `stream`, `n`, `bytes`)
SELECT `session_id`, `seq`, `stream`, `n`, `bytes` FROM `chunks`;
--> statement-breakpoint
DROP TABLE `chunks`;
--> statement-breakpoint
ALTER TABLE `chunks_new` RENAME TO `chunks`;
--> statement-breakpoint
ALTER TABLE `events` ADD `entry` integer;--> statement-breakpoint
ALTER TABLE `events` ADD `hash` text;--> statement-breakpoint
ALTER TABLE `events` ADD `place` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `chain_start` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `chain_end` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `chain_entries` integer;--> statement-breakpoint
ALTER TABLE `statements` ADD `chain` text;