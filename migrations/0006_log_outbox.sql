CREATE TABLE `log_outbox` (
	`n` integer PRIMARY KEY NOT NULL,
	`leaf` text NOT NULL
) WITHOUT ROWID;
