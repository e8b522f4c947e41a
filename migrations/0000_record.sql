CREATE TABLE `chunks` (
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`stream` text NOT NULL,
	`n` integer NOT NULL,
	`bytes` blob NOT NULL,
	PRIMARY KEY(`session_id`, `seq`, `stream`, `n`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `events` (
	`session_id` text NOT NULL,
	`n` integer NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`detail` text NOT NULL,
	PRIMARY KEY(`session_id`, `n`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`target` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`roles` text NOT NULL,
	`groups` text NOT NULL,
	`token_expires_at` integer NOT NULL,
	`application_name` text NOT NULL,
	`client_user` text NOT NULL,
	`client_address` text,
	`user_agent` text,
	`protocol_version` text NOT NULL,
	`policy_version` text NOT NULL,
	`ended_at` integer,
	`end_reason` text,
	`end_detail` text,
	`last_seen` integer NOT NULL,
	`statements` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	`unknown` integer DEFAULT 0 NOT NULL,
	`rows` integer DEFAULT 0 NOT NULL,
	`response_bytes` integer DEFAULT 0 NOT NULL,
	`request_bytes` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `sessions_by_start` ON `sessions` (`started_at`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_by_subject` ON `sessions` (`subject`,`started_at`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_by_target` ON `sessions` (`target`,`started_at`,`id`);--> statement-breakpoint
CREATE TABLE `statements` (
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`revision` integer NOT NULL,
	`state` text NOT NULL,
	`started_at` integer,
	`operation` text,
	`effect` text,
	`ended_at` integer,
	`sqlstate` text,
	`rows` integer DEFAULT 0 NOT NULL,
	`notices` integer DEFAULT 0 NOT NULL,
	`response_bytes` integer DEFAULT 0 NOT NULL,
	`request_bytes` integer DEFAULT 0 NOT NULL,
	`command_tags` text,
	`outcome` text,
	`statement` text,
	`intent` text,
	`response_tail` blob NOT NULL,
	PRIMARY KEY(`session_id`, `seq`)
) WITHOUT ROWID;
